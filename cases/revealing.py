"""Personal data that views mask, shown whole to who needs it for the work, for a reason that is kept (个人信息保护法 6, 51 III, 55). Pure.

Telephone, identity number and address of one party at a time, to whoever leads the case and to the centre. Each look is an entry of the chain that also has the requests about
personal data (`data_rights`): no bundle has it, and its list is read by those who may look themselves. That somebody looked, in which case and for which reason, stands in
the log of administrators too, where looks are seen of which a case alone shows too few: whose data it was, and any words, are not in that.
"""

from __future__ import annotations

from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, standings
from cases.data_rights import CHAIN
from cases.errors import Invalid, NotFound
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action

REASONS = ("contact", "identity", "document", "other")
"""打电话联系, 核对身份, 填写文书, 其他: the last one in words."""
KIND = "data.revealed"


def reveal(case: Case, party: str, reason: str, words: str, actor: Actor) -> tuple[dict[str, str], list[Happened]]:
    """({"name", "phone", "id_number", "address"}, the entry). Raises `Refusal`; nothing is shown then."""
    demand(standings(case, actor), Action.REVEAL, case.stage)
    if reason not in REASONS:
        raise Invalid("reveal_reason", "Say why: to call, to compare an identity, for a document, or in words", field="reason")
    told = parse_text(words, "words", NOTE_LIMIT, required=reason == "other")
    person = next((one for one in case.parties if one.id == party), None)
    if person is None:
        raise NotFound("no_party", "There is no such party in this case")
    shown = {"name": person.name, "phone": person.phone, "id_number": person.id_number, "address": person.address}
    entry = {"by": actor.ledger_name, "party": person.id, "reason": reason, **({"words": told} if told else {})}
    return shown, [Happened(KIND, entry, chain=CHAIN)]
