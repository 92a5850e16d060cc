"""A party's own page (当事人页): the mediator gives a link to it before there is a seat, and takes it back. Pure."""

from __future__ import annotations

from datetime import datetime

from cases import stating
from cases.actor import Actor
from cases.case import Case, standings
from cases.commands import statements as c
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action


def handle(case: Case, command: c.PageCommand, actor: Actor, now: datetime) -> list[Happened]:
    """Raises `Refusal` before anything is changed."""
    demand(standings(case, actor), Action.SEND_PAGE, case.stage)
    party = case.party(command.party).id
    others = [one for one in case.pages if one != party]
    if isinstance(command, c.MakePage):
        case.pages, case.pages_opened = [*others, party], {one: at for one, at in case.pages_opened.items() if one != party}
        case.pages_sent = case.pages_sent | {party: now}
        stating.unverify(case, party)  # whoever opens the new link was not compared
        return [Happened("page.sent", {"party": party, "by": actor.ledger_name})]
    if party not in case.pages:
        return []
    case.pages = others
    stating.unverify(case, party)
    return [Happened("page.closed", {"party": party, "by": actor.ledger_name})]


def opened(case: Case, party: str, now: datetime) -> None:
    """Somebody came by the party's link; the first time is kept."""
    if party in case.pages and party not in case.pages_opened:
        case.pages_opened = case.pages_opened | {party: now}
