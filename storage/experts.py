"""The pool of experts at rest: entries of a county, each change in one transaction with its entry in the log. Who may is decided before.

A telephone is sealed under a key of the pool's own and compared by a keyed hash: whoever has the database alone has neither.
"""

from __future__ import annotations

import hmac
import secrets

import msgspec
from cryptography.exceptions import InvalidTag
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.actor import Actor
from cases.case import Case
from cases.errors import Conflict, Invalid, NotFound, TooMuch, Unavailable
from cases.expert_choice import COUNTY_DIGITS, Candidate
from cases.experts import ENTRY_LIMIT, Entry
from cases.ports import Clock
from cases.vocabulary import Act
from storage.audit import note_expert
from storage.database import reads
from storage.expert_calls import tallies
from storage.models.experts import Expert
from storage.models.people import Region
from storage.organisations import by_of, demand_region
from storage.sealing import derived, opened, sealed
from storage.writer import Writer


class Kept(msgspec.Struct, frozen=True):
    """An entry of the pool, whose `entry.phone` is still sealed."""

    candidate: Candidate
    revision: int


class ExpertStore:
    def __init__(self, writer: Writer, clock: Clock, key: bytes) -> None:
        self._writer, self._clock = writer, clock
        self._key, self._index_key = derived(key, b"heyi.expert.key.v1"), derived(key, b"heyi.expert.index.v1")

    async def create(self, actor: Actor, entry: Entry) -> str:
        """The id. `entry` is checked. Raises `Invalid`, `Conflict` for somebody who is there already, `TooMuch`."""

        async def job(db: BaseDBAsyncClient) -> str:
            county, index = _county(entry.region), self.mark(entry.phone)
            await _demand_place(db, actor, entry)
            if await Expert.filter(county=county).using_db(db).count() >= ENTRY_LIMIT:
                raise TooMuch("experts_full", f"The pool of a county has at most {ENTRY_LIMIT} experts", limit=ENTRY_LIMIT)
            await _demand_new(db, county, entry.name, index, "")
            key = secrets.token_hex(8)
            await Expert.create(id=key, county=county, changed_at=self._clock.now(), using_db=db, **self._columns(key, entry))
            await note_expert(db, self._clock.now(), Act.EXPERT_ENTERED, by_of(actor), key, entry.region, entry.kind)
            return key

        return await self._writer.run(job, _nothing)

    async def alter(self, actor: Actor, key: str, revision: int, wanted: Entry) -> int:
        """The new revision. `wanted` is checked, without a telephone it keeps the one it has. Raises `NotFound` outside of the actor's county, `Conflict` where somebody changed it meanwhile."""

        async def job(db: BaseDBAsyncClient) -> int:
            row = await Expert.filter(id=key, region__startswith=actor.region).select_for_update().using_db(db).first()
            if row is None:
                raise _unknown()
            if row.revision != revision:
                raise Conflict("expert_changed", "Somebody else has changed this entry meanwhile; look at it again, then change it")
            entry = wanted if wanted.phone else msgspec.structs.replace(wanted, phone=self.phone(row.id, row.phone))
            await _demand_place(db, actor, entry)
            if _county(entry.region) != row.county:
                raise Invalid("no_region", "There is no such region", field="region")
            await _demand_new(db, row.county, entry.name, self.mark(entry.phone), key)
            told = self._columns(key, entry) | {"revision": revision + 1, "changed_at": self._clock.now()}
            await Expert.filter(id=key).using_db(db).update(**told)
            said = "listed" if entry.listed else "not listed"
            await note_expert(
                db, self._clock.now(), Act.EXPERT_ALTERED, by_of(actor), key, entry.region, f"{revision} → {revision + 1}, {said}"
            )
            return revision + 1

        return await self._writer.run(job, _nothing)

    async def reveal(self, actor: Actor, key: str, reason: str) -> str:
        """The telephone, entered in the log before it is handed out. Raises `NotFound`."""

        async def job(db: BaseDBAsyncClient) -> str:
            row = await Expert.filter(id=key, county=_county(actor.region)).using_db(db).first()
            if row is None:
                raise _unknown()
            await note_expert(db, self._clock.now(), Act.EXPERT_REVEALED, by_of(actor), key, row.region, reason)
            return self.phone(row.id, row.phone)

        return await self._writer.run(job, _nothing)

    async def of_county(self, region: str) -> list[Kept]:
        """By name."""
        rows = await Expert.filter(county=_county(region)).using_db(reads()).order_by("name", "id")
        counted = await tallies([row.id for row in rows], self._clock.now())
        return [Kept(Candidate(row.id, _entry(row), row.phone_index, counted[row.id]), row.revision) for row in rows]

    async def phones(self, keys: list[str]) -> dict[str, str]:
        """Opened, of these entries."""
        rows = await Expert.filter(id__in=keys).using_db(reads())
        return {row.id: self.phone(row.id, row.phone) for row in rows}

    async def candidate(self, db: BaseDBAsyncClient, key: str, region: str) -> Candidate:
        """Of a listed entry of the region's county, whose row stays locked: of two who invite one expert, the second sees what the first did. Raises `NotFound`."""
        row = await Expert.filter(id=key, county=_county(region)).select_for_update().using_db(db).first()
        entry = _entry(row) if row is not None else None
        if row is None or entry is None or not entry.listed:
            raise _unknown()
        return Candidate(row.id, entry, row.phone_index)

    def marks_of(self, case: Case) -> frozenset[str]:
        """Of the parties' telephones."""
        return frozenset(self.mark(person.phone) for person in case.parties if person.phone)

    # secrets

    def mark(self, phone: str) -> str:
        return hmac.new(self._index_key, phone.encode(), "sha256").hexdigest()

    def phone(self, key: str, closed: bytes) -> str:
        try:
            return opened(self._key, f"phone|{key}".encode(), closed)
        except InvalidTag:
            raise Unavailable("expert_unreadable", "The entry does not open with this installation's keys") from None

    def _columns(self, key: str, entry: Entry) -> dict[str, object]:
        bare = msgspec.structs.replace(entry, phone="")
        return {
            "region": entry.region,
            "name": entry.name,
            "entry": msgspec.json.encode(bare).decode(),
            "phone": sealed(self._key, f"phone|{key}".encode(), entry.phone),
            "phone_index": self.mark(entry.phone),
        }


async def _demand_place(db: BaseDBAsyncClient, actor: Actor, entry: Entry) -> None:
    """A region of the actor's, whose county is locked: entries are counted one after another."""
    await demand_region(db, actor, entry.region)
    await Region.filter(code=_county(entry.region)).select_for_update().using_db(db).first()


async def _demand_new(db: BaseDBAsyncClient, county: str, name: str, index: str, but: str) -> None:
    if await Expert.filter(county=county, name=name, phone_index=index).exclude(id=but).using_db(db).exists():
        raise Conflict("expert_known", "Somebody of this name and telephone is in the pool already")


def _entry(row: Expert) -> Entry:
    return msgspec.json.decode(row.entry, type=Entry)


def _county(region: str) -> str:
    return region[:COUNTY_DIGITS]


def _unknown() -> NotFound:
    return NotFound("no_expert", "There is no such expert in the pool")


def _nothing(_: object) -> None:
    return None
