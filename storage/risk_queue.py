"""The outbox of the risk platform: a version is entered in the transaction of the change that it tells, and marked in that of its acknowledgement.

Of each case only the oldest version that waits is due. Whoever tries one holds it for a while, so that of several nodes one does; what a killed node held is
free again after that. A version that was taken twice all the same has one key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from cases.case import Case
from cases.errors import Conflict
from cases.ports import Happened
from cases.risk import BY_HAND, NEW_VERSIONS, key_of, statement
from cases.vocabulary import RiskState
from storage.database import reads
from storage.models.risk import RiskVersion
from storage.writer import Writer

KEYS_AT_ONCE = 400
TRIAL = '"trial":true'
"""As a body has it; in what people write quotation marks are escaped."""
NEEDS_SOMEBODY = (RiskState.DEAD, RiskState.REFUSED)


class RiskQueue:
    """`connected`: whether there is a platform; `synthetic`: whether this is a demonstration, of which all is told as a trial. Elsewhere invented cases are not told."""

    def __init__(self, writer: Writer, connected: bool, synthetic: bool, office_phone: str) -> None:
        self._writer, self.connected, self._synthetic, self._office_phone = writer, connected, synthetic, office_phone

    def sends(self, case: Case) -> bool:
        return self.connected and (self._synthetic or not case.synthetic)

    async def enter(self, db: BaseDBAsyncClient, case: Case, happened: Iterable[Happened], now: datetime) -> None:
        """The version that `happened` has made, if it has made one; in the transaction that has the case's lock."""
        if not any(event.kind in NEW_VERSIONS for event in happened):
            return
        assert case.risk is not None
        body = msgspec.json.encode(statement(case, self._synthetic or case.synthetic, self._office_phone), order="deterministic")
        sends, version = self.sends(case), case.risk.version
        older = RiskVersion.filter(case_id=case.id).using_db(db)
        first = not await older.filter(state=RiskState.WAITING).exists()
        await older.filter(replaced=False).exclude(state=RiskState.WAITING).update(replaced=True)
        await RiskVersion.create(
            key=key_of(case.id, version),
            case_id=case.id,
            region=case.region,
            version=version,
            body=body.decode() if sends else "",
            hash=hashlib.sha256(body).hexdigest(),
            state=RiskState.WAITING if sends else RiskState.UNCONNECTED,
            entered_at=now,
            first_at=now if sends and first else None,
            next_at=now if sends and first else None,
            using_db=db,
        )
        if not first and any(event.kind in BY_HAND for event in happened):
            # What somebody has just said does not wait for the end of a pause that an older version was given.
            await older.filter(state=RiskState.WAITING, next_at__gt=now, held_until=None).update(next_at=now)

    async def due(self, now: datetime, limit: int) -> list[RiskVersion]:
        """What is to be tried now and nobody holds, longest waiting first; at most one version of a case."""
        free = Q(held_until=None) | Q(held_until__lte=now)
        return await RiskVersion.filter(free, next_at__lte=now).using_db(reads()).order_by("next_at", "id").limit(limit)

    async def hold(self, row: RiskVersion, node: str, now: datetime, until: datetime) -> bool:
        """Whether this node may try it now."""

        async def job(db: BaseDBAsyncClient) -> int:
            free = Q(held_until=None) | Q(held_until__lte=now)
            # As it was read: another node may have tried it, and put it off, since.
            mine = RiskVersion.filter(free, id=row.id, next_at__lte=now, tries=row.tries).using_db(db)
            return await mine.update(holder=node, held_until=until)

        return bool(await self._writer.run(job, lambda _: None))

    def put_off(self, row: RiskVersion, node: str, until: datetime, reason: str) -> Callable[[BaseDBAsyncClient], object]:
        """For the transaction that tells the case."""

        async def job(db: BaseDBAsyncClient) -> None:
            await _change(db, row, node, tries=row.tries + 1, next_at=until, held_until=None, holder="", reason=reason)

        return job

    def settle(
        self, row: RiskVersion, node: str, state: RiskState, now: datetime, reason: str = "", receipt: str = ""
    ) -> Callable[[BaseDBAsyncClient], object]:
        """For the transaction that tells the case: the next version of it is due from then on."""

        async def job(db: BaseDBAsyncClient) -> None:
            ends = {"state": state, "next_at": None, "held_until": None, "holder": "", "settled_at": now, "body": ""}
            of_case = RiskVersion.filter(case_id=row.case_id).using_db(db)
            newer = await of_case.filter(version__gt=row.version).exists()
            await _change(db, row, node, tries=row.tries + 1, reason=reason, receipt=receipt, replaced=newer, **ends)
            following = await of_case.filter(state=RiskState.WAITING).order_by("version").first()
            if following is not None:
                await RiskVersion.filter(id=following.id).using_db(db).update(first_at=now, next_at=now)

        return job

    async def left_waiting(self) -> list[RiskVersion]:
        """What waits and is not to be sent any more, the oldest of each case: there is no platform, or it was told as a trial and this is a demonstration no longer."""
        waiting = RiskVersion.filter(next_at__not_isnull=True).using_db(reads()).order_by("id")
        if not self.connected:
            return await waiting
        return [] if self._synthetic else await waiting.filter(body__contains=TRIAL)


async def _change(db: BaseDBAsyncClient, row: RiskVersion, node: str, **columns: object) -> None:
    """Raises `Conflict` where another node has taken it over meanwhile."""
    mine = RiskVersion.filter(id=row.id, state=RiskState.WAITING).using_db(db)
    if not await (mine.filter(holder=node) if node else mine).update(**columns):
        raise Conflict("risk_taken_over", "Another node has taken this over")


async def needing_somebody() -> int:
    """How many cases' newest versions were refused or given up."""
    return await RiskVersion.filter(state__in=NEEDS_SOMEBODY, replaced=False).using_db(reads()).count()


async def reported(region: str, limit: int) -> list[str]:
    """Cases of a region of which anything was reported: what needs somebody first, then those of which the newest was entered last."""
    mine = RiskVersion.filter(region__startswith=region, replaced=False).using_db(reads())
    found: dict[str, None] = {}
    for part in (mine.filter(state__in=NEEDS_SOMEBODY), mine.exclude(state__in=NEEDS_SOMEBODY)):
        # A case may have several that wait, one behind the other.
        found.update(dict.fromkeys(str(key) for key in await part.order_by("-id").limit(4 * limit).values_list("case_id", flat=True)))
    return list(found)[:limit]


async def known(region: str) -> tuple[dict[str, str], set[str]]:
    """(key → hash of the newest version of each case that the platform has acknowledged, keys of all others) of a region."""
    newest: dict[str, tuple[str, str]] = {}
    keys: set[str] = set()
    rows = RiskVersion.filter(region__startswith=region).using_db(reads()).order_by("version")
    for case_id, key, hashed, state in await rows.values_list("case_id", "key", "hash", "state"):
        keys.add(str(key))
        if state == RiskState.ACKNOWLEDGED:
            newest[str(case_id)] = str(key), str(hashed)
    ours = dict(newest.values())
    return ours, keys - ours.keys()


async def known_anywhere(keys: Sequence[str]) -> set[str]:
    """Those of the keys that are of any region of this installation."""
    found: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        part = list(keys[start : start + KEYS_AT_ONCE])
        found |= {str(key) for key in await RiskVersion.filter(key__in=part).using_db(reads()).values_list("key", flat=True)}
    return found
