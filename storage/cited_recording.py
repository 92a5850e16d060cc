"""What an agreement that is frozen now cites of the recording: read from the main chain, in which private talks have no entry of theirs."""

from __future__ import annotations

import json

from evidence.citation import KIND, Citation, cite
from storage import sql
from storage.database import reads
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
    return cite(through, ((row["entry_hash"], row["at"], json.loads(row["body"])["segment"]) for row in rows))
