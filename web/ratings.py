"""Ratings at the server: a party's token, what it opens, and what the centre does about a rating.

A token says which party of which case, signed, and is not kept: it is used up when that party's rating is in the case, and ends with the days that the rules
give. So the page, the link and the printed certificate of a party all carry the same one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from cases import satisfaction as rules
from cases.actor import Actor
from cases.case import Case, Numbering, standings
from cases.commands.rating import RatingCommand
from cases.errors import NotAllowed, NotFound, Refusal
from cases.ports import Clock
from cases.vocabulary import Mark, Standing
from realtime.performance_document import party_of
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store
from web.performance import held_by

TOKEN_LIMIT = 200
RATER = (Standing.PARTY,)
"""What whoever holds a token is to the case."""


class RatingTokens:
    def __init__(self, key: bytes, base_url: str) -> None:
        self._signer, self._base_url = URLSafeSerializer(key, salt="heyi.rating.v1"), base_url

    def url(self, case_id: str, party: str) -> str:
        """The token stands in the fragment, so that no log and no Referer sees it."""
        return f"{self._base_url}/rate#{self._signer.dumps([case_id, party])}"

    def read(self, token: str) -> tuple[str, str]:
        """(case, party). Raises `NotAllowed`."""
        try:
            case_id, party = self._signer.loads(token[:TOKEN_LIMIT])
        except BadSignature:
            raise NotAllowed("link_forged", "This link is incomplete or was altered; ask for a new one") from None
        return str(case_id), str(party)


class Opened(NamedTuple):
    """What a token is about, and until when it can be used."""

    case: Case
    until: datetime


class RatingDesk:
    def __init__(self, store: Store, reader: Reader, clock: Clock, tokens: RatingTokens) -> None:
        self._store, self._reader, self._clock, self._tokens = store, reader, clock, tokens

    async def do(self, command: RatingCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return Outcome(rules.handle(dossier.case, command, actor, standings(dossier.case, actor), now))

        return await self._store.execute(command.case, decide, receipt)

    async def link(self, case_id: str, actor: Actor) -> str:
        """The address at which a party, or who reported the case, rates it. Raises `Refusal`."""
        dossier = await self._reader.dossier(case_id)
        party = party_of(dossier, actor)
        if not party:
            raise NotFound("no_rating", "There is no such rating, or nothing to be done about it")
        rules.demand_open(dossier.case, party, held_by(dossier, actor), _ended(dossier), self._clock.now())
        return self._tokens.url(case_id, party)

    def link_for_paper(self, dossier: Dossier, actor: Actor) -> str:
        """The same for what a party prints; empty for everybody else, and where there is nothing to rate any more: a mediator who prints it must not rate."""
        party = party_of(dossier, actor)
        try:
            rules.demand_open(dossier.case, party, held_by(dossier, actor), _ended(dossier), self._clock.now())
        except Refusal:
            return ""
        return self._tokens.url(dossier.case.id, party)

    async def open(self, token: str) -> Opened:
        """What the page says before anything is given. Raises `Refusal`: forged, used, over."""
        case_id, party = self._tokens.read(token)
        dossier = await self._reader.dossier(case_id)
        ends = rules.demand_open(dossier.case, party, RATER, _ended(dossier), self._clock.now())
        return Opened(dossier.case, ends)

    async def take(self, token: str, score: int, marks: Collection[Mark], words: str, receipt: str) -> None:
        case_id, party = self._tokens.read(token)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return Outcome(rules.rate(dossier.case, party, RATER, score, marks, words, _ended(dossier), now))

        await self._store.execute(case_id, decide, receipt)


def _ended(dossier: Dossier) -> datetime | None:
    return dossier.room.ended_at if dossier.room is not None else None
