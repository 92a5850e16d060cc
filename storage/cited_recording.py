"""What an agreement that is frozen now cites of the recording: read from the main chain, in which private talks have no entry of theirs."""

from __future__ import annotations

from evidence.citation import KIND, Citation, cite
from storage import payloads, sql
from storage.database import reads
from storage.models.cases import CaseRow
from storage.models.ledger import LedgerRow


async def recording_cited(case_id: str) -> Citation:
    """As far as it is entered. Some thousand rows for a session of an hour."""
    last = await LedgerRow.filter(chain=case_id).using_db(reads()).order_by("-seq").first().values_list("seq", flat=True)
    through = int(str(last or 0))
    connection = reads()
    chain, kind, until = sql.marks(connection, 3)
    rows = await connection.execute_query_dict(
        "SELECT l.entry_hash, l.at, p.body FROM ledger l JOIN ledger_payload p ON p.entry = l.entry_hash"
        f" WHERE l.chain = {chain} AND l.kind = {kind} AND l.seq <= {until} ORDER BY l.seq",
        [case_id, KIND, through],
    )
    wrapped = await CaseRow.filter(id=case_id).using_db(reads()).first().values_list("key", flat=True)
    told = [(row, payloads.told(case_id, str(wrapped or ""), row["entry_hash"], row["body"])) for row in rows]
    return cite(through, ((row["entry_hash"], row["at"], payload["segment"]) for row, payload in told if payload))
