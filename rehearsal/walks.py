"""Random walks through a whole installation: every command of the protocol, by everybody who could try it, in any order, on cases of every stage.

    walk(folder, seed, steps)     an installation of its own in `folder`, in this process, without media; the same seed tries the same things

Some steps go on with what comes next where a case goes its way (`rehearsal/leading.py`); most of the others try what was tried least by somebody who may. What has to hold: nobody does what the permissions table forbids, nobody is forbidden what it permits, and a refusal changes nothing; in the end every page's stream comes to what a fresh
snapshot shows, and every chain of the ledger holds.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from agreements import commands as a
from cases.actor import Actor
from cases.calendar import county_day
from cases.case import Numbering, open_case
from cases.commands.casework import Report
from cases.commands.joint import DeclineJoint, JoinCase
from cases.errors import Refusal
from cases.moment import CHAIN as STOOD
from cases.permissions import FINISHED
from cases.vocabulary import CaseStage, Role
from evidence.ledger import LedgerBroken, check_chain, check_payload
from realtime import audience, patch
from rehearsal.guesses import County, guess
from rehearsal.leading import Leader
from rehearsal.leading_room import Step
from rehearsal.leading_text import fill_in
from rehearsal.trying import ENDING, GOES_ON, Tries, people_of, permitted, tag_of
from storage.database import reads
from storage.dossier import Dossier
from storage.models.cases import CaseRow
from storage.models.experts import Expert
from storage.models.ledger import LedgerRow
from storage.models.people import Account, Organisation
from storage.models.streams import StreamEvent
from storage.steps import patch_of
from storage.work import Outcome
from web.composition import open_house
from web.demonstration import plant
from web.house import House
from web.settings import Settings

TALKING, LED, BESIDE = 0.6, 0.45, 0.25
"""Shares of the steps in a case that has a room, of what comes next where a case goes its way, and among these of what is done beside that."""
NEW, OVER = 0.02, 0.2
"""Share of the steps before which one more case is reported, and of those outside of sessions that try something in any case, most of which are over."""
FEW = 2
"""Sessions that are gone on with, so that some get far."""
BY_THE_CLOCK = frozenset(
    {
        "case.dispatch_reminded",
        "case.undispatched",
        "case.unanswered",
        "case.answer_reminded",
        "case.due_reminded",
        "case.overdue",
        "case.recounted",
        "expert.expired",
        "appointment.reminded",
        "obligation.reminded",
        "obligation.overdue",
    }
)
COUNTED = frozenset({"code_wrong"})
"""A wrong code counts, and is therefore kept before it is refused."""


class Walked(msgspec.Struct):
    """`tried`: how often each command was tried by somebody who may, `done`: taken; `refused`: how often each refusal was given; `stages`: how often something was tried in each stage of
    a case or a session. `never`: commands that nobody tried who may. `faults` empty: all held."""

    seed: int
    steps: int = 0
    tried: dict[str, int] = {}
    done: dict[str, int] = {}
    refused: dict[str, int] = {}
    stages: dict[str, int] = {}
    never: list[str] = []
    faults: list[str] = []


async def walk(folder: Path, seed: int, steps: int) -> Walked:
    settings = Settings(data=str(folder), media=False, warm=False, destruction_wait=0, log_level="critical")
    async with open_house(settings) as (house, _):
        await plant(house)
        return await _Walk(house, seed, await _county(house), await _accounts()).go(steps)


async def _accounts() -> list[Actor]:
    rows = await Account.all().using_db(reads()).order_by("id")
    return [Actor("account", row.id, row.name, Role(row.role), row.org, row.region) for row in rows]


async def _county(house: House) -> County:
    """Each in an order that another installation has too."""
    accounts, organisations = Account.all().using_db(reads()).order_by("id"), Organisation.all().using_db(reads()).order_by("id")
    experts = Expert.all().using_db(reads()).order_by("name")
    cases = CaseRow.all().using_db(reads()).order_by("reported_at", "number", "stage")
    return County(
        [one.id for one in await accounts],
        [one.id for one in await experts],
        [one.id for one in await organisations],
        [one.id for one in await cases],
        county_day(house.clock.now()),
    )


class _Walk:
    def __init__(self, house: House, seed: int, county: County, accounts: list[Actor]) -> None:
        self._house, self._county, self._accounts = house, county, accounts
        self._random = random.Random(seed)  # noqa: S311 (what is tried is no secret)
        self._tries, self._leader = Tries(self._random), Leader(house, accounts)
        self._done, self._refused, self._stages = Counter[str](), Counter[str](), Counter[str]()
        self._walked = Walked(seed)
        self._going = list(county.cases)
        """Cases that are not over."""
        self._talking: list[str] = []
        """Cases whose session goes on, as far as they were looked at."""

    async def go(self, steps: int) -> Walked:
        cases = self._county.cases
        for _ in range(steps):
            if self._random.random() < NEW:
                cases.append(await self._reported())
                self._going.append(cases[-1])
            talks, over = self._talking and self._random.random() < TALKING, self._random.random() < OVER
            among = self._talking[-FEW:] if talks else cases if over or not self._going else self._going
            await self._step(self._random.choice(among))
        for case in cases:
            await self._judge(case)
        self._walked.tried, self._walked.never = dict(self._tries.counts), self._tries.never()
        self._walked.done, self._walked.refused, self._walked.stages = dict(self._done), dict(self._refused), dict(self._stages)
        return self._walked

    async def _reported(self) -> str:
        """One more, with two parties, so that a long walk does not come to an end of everything."""

        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            asked = Report(
                title="漏水",
                facts="楼上漏水到楼下",
                region="139901001",
                name="孙某",
                phone="13700001111",
                other_name="何某",
                other_phone="13600002222",
            )
            case, happened = open_case(asked, numbering, now, [], "城关镇", True)
            return Dossier(case), Outcome(happened, {"case": case.id})

        return str((await self._house.store.create(make))["case"])

    async def _step(self, case: str) -> None:
        dossier = await self._looked_at(case)
        actor, command = await self._chosen(dossier)
        if isinstance(command, a.FreezeDraft):
            dossier = await self._filled_in(dossier, actor)
        name, before, entered = tag_of(command), _kept(dossier), await _entered(case)
        may = permitted(dossier, actor, type(command))
        if may:
            self._tries.note(dossier, actor, type(command))
        self._walked.steps += 1
        try:
            result = await self._house.desk.do(command, actor, "")
        except Refusal as refusal:
            self._refused[refusal.code] += 1
            self._leader.refused(command, actor)
            if may and _by_table(refusal) and not _apart(dossier, actor, command):
                self._fault(f"{actor.kind} {actor.role or ''} may {name} in {_where(dossier)}, and was refused with {refusal.code}")
            if refusal.code not in COUNTED and (by := await self._changed(case, before, entered)):
                self._fault(f"{name} was refused with {refusal.code}, and changed the case ({by})")
        except Exception as error:
            self._fault(f"{name}: {type(error).__name__}: {error}"[:300])
        else:
            self._done[name] += 1
            self._leader.told(command, actor, result)
            if not may and await self._changed(case, before, entered):
                self._fault(f"{actor.kind} {actor.role or ''} did {name} in {_where(dossier)}, which is forbidden")

    async def _looked_at(self, case: str) -> Dossier:
        dossier = await self._house.reader.dossier(case)
        talks = dossier.room is not None and dossier.room.ended_at is None
        if dossier.case.stage in FINISHED and case in self._going:
            self._going.remove(case)
        self._talking = [one for one in self._talking if one != case] + ([case] if talks else [])
        self._stages[str(dossier.case.stage)] += 1
        if talks and dossier.room is not None:
            self._stages[f"session {dossier.room.stage}"] += 1
        return dossier

    async def _chosen(self, dossier: Dossier) -> tuple[Actor, Any]:
        led = await self._led(dossier) if self._random.random() < LED else None
        if led is not None and (tag_of(led[1]) not in ENDING or self._random.random() >= GOES_ON):
            return led
        actor, kind = self._tries.choose(dossier, people_of(dossier, self._accounts))
        return actor, guess(kind, dossier, self._county, self._random)

    async def _led(self, dossier: Dossier) -> Step | None:
        if self._random.random() < BESIDE and (steps := self._leader.beside(dossier, self._county.experts[0], self._county.today)):
            return self._random.choice(steps)
        return await self._leader.next_step(dossier)

    async def _filled_in(self, dossier: Dossier, actor: Actor) -> Dossier:
        """So that a text can be frozen by whoever may."""
        if permitted(dossier, actor, a.FreezeDraft):
            with suppress(Refusal):
                await fill_in(self._house, dossier)
        return await self._house.reader.dossier(dossier.case.id)

    async def _changed(self, case: str, before: bytes, entered: int) -> str:
        """By what entries, in words; empty where it is as it was, or the clock of the house went on meanwhile."""
        if _kept(await self._house.reader.dossier(case)) == before:
            return ""
        kinds = set(await LedgerRow.filter(chain=case, seq__gt=entered).using_db(reads()).values_list("kind", flat=True))
        return "" if kinds & BY_THE_CLOCK else ", ".join(sorted(map(str, kinds))) or "nothing entered"

    # what must hold

    async def _judge(self, case: str) -> None:
        dossier = await self._house.reader.dossier(case)
        for name, shown in audience.fragments(dossier).items():
            if name.startswith(("centre/", "desk/")):
                continue  # of many cases; `shown` is a part of it
            folded: dict[str, Any] = {}
            for event in await StreamEvent.filter(stream=name).using_db(reads()).order_by("seq"):
                folded = patch.apply(folded, patch_of(name, event.seq, event.patch))
            if folded != shown:
                self._fault(f"{name} comes to something else than a fresh snapshot shows")
        chains: dict[str, list[Any]] = {}
        try:
            for entry, salt, payload in await self._house.reader.ledger(case, stood=True):
                if dossier.case.erased is None:
                    assert payload is not None, STOOD
                if payload is not None:
                    check_payload(entry, payload, salt)
                chains.setdefault(entry.chain, []).append(entry)
            for entries in chains.values():
                check_chain(entries)
        except LedgerBroken as error:
            self._fault(f"the ledger of {case} is broken: {error}")

    def _fault(self, sentence: str) -> None:
        if sentence not in self._walked.faults:
            self._walked.faults.append(sentence)


def _by_table(refusal: Refusal) -> bool:
    """Whether the permissions table has refused it. An agreement has stages of its own, and calls them so too."""
    return refusal.code == "not_allowed" or (refusal.code == "wrong_stage" and "action" in refusal.detail)


def _apart(dossier: Dossier, actor: Actor, command: Any) -> bool:
    """Where the table alone does not say it: a session that goes on in a case which is over, and a request to join that is put to others."""
    if isinstance(command, JoinCase | DeclineJoint) and not any(
        share.id == command.share and share.waits and actor.id in share.asked for share in dossier.case.joint
    ):
        return True
    goes_on = dossier.room is not None and dossier.room.ended_at is None
    return goes_on and dossier.case.stage is not CaseStage.MEDIATING


def _where(dossier: Dossier) -> str:
    return f"{dossier.case.stage}, {dossier.room.stage}" if dossier.room is not None else str(dossier.case.stage)


async def _entered(case: str) -> int:
    """The number of the newest entry of the main chain."""
    row = await LedgerRow.filter(chain=case).using_db(reads()).order_by("-seq").first()
    return row.seq if row is not None else 0


def _kept(dossier: Dossier) -> bytes:
    return msgspec.json.encode(dossier)
