"""Random walks through a whole installation: every command of the protocol, by everybody who could try it, in any order, on cases of every stage.

    walk(folder, seed, steps)     an installation of its own in `folder`, in this process, without media; the same seed tries the same things

What has to hold: nobody does what the permissions table forbids, nobody is forbidden what it permits, and a refusal changes nothing; in the end every page's stream comes to what a fresh
snapshot shows, and every chain of the ledger holds.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import msgspec

from cases.actor import Actor
from cases.calendar import county_day
from cases.case import Numbering, open_case
from cases.commands.casework import Report
from cases.errors import Refusal
from cases.moment import CHAIN as STOOD
from cases.permissions import ANY, FINISHED, TABLE
from cases.vocabulary import Action, CaseStage, Role
from evidence.ledger import LedgerBroken, check_chain, check_payload
from realtime import audience, messages, patch
from realtime.own_document import held_of
from rehearsal.guesses import guess
from rehearsal.leading import next_step
from storage.database import reads
from storage.dossier import Dossier
from storage.models.cases import CaseRow
from storage.models.ledger import LedgerRow
from storage.models.people import Account
from storage.models.streams import StreamEvent
from storage.steps import patch_of
from storage.work import Outcome
from web.composition import open_house
from web.demonstration import plant
from web.house import House
from web.settings import Settings

A = Action
NEEDS: dict[str, tuple[Action, ...]] = {
    "withdraw_expert": (A.INVITE_EXPERT,), "extend_expert": (A.INVITE_EXPERT,), "invite_expert": (A.INVITE_EXPERT,), "join_case": (A.JOIN,),
    "place_hold": (A.HOLD,), "lift_hold": (A.HOLD,), "make_page": (A.SEND_PAGE,), "close_page": (A.SEND_PAGE,),
    "set_obligation": (A.KEEP_SCHEDULE,), "drop_obligation": (A.KEEP_SCHEDULE,), "answer_receipt": (A.TELL_RECEIPT,),
    "confirm_receipt": (A.NOTE_RECEIPT,), "take_back_receipt": (A.NOTE_RECEIPT, A.TELL_RECEIPT), "waive_obligation": (A.NOTE_RECEIPT,),
    "plan_visit": (A.FOLLOW_UP,), "note_visit": (A.FOLLOW_UP,), "release_words": (A.ANSWER_RATING,), "propose_times": (A.SCHEDULE,),
    "note_times": (A.SCHEDULE,), "fix_time": (A.SCHEDULE,), "move_time": (A.SCHEDULE,), "call_off": (A.SCHEDULE,),
    "drop_statement": (A.PROPOSE_STATEMENT,), "come_after_all": (A.ASK_STATEMENT,), "ask_identity": (A.CHECK_STATEMENT,),
    "answer_identity": (A.GIVE_STATEMENT,), "withdraw_statement": (A.GIVE_STATEMENT,), "hear_statement": (A.PRESENT_STATEMENT,),
    "knock": (A.ENTER,), "set_media": (A.PUBLISH_MEDIA,), "mute_seat": (A.MUTE_OTHER,), "answer_media": (A.PUBLISH_MEDIA,), "say": (A.CHAT,),
    "open_caucus": (A.CAUCUS,), "close_caucus": (A.CAUCUS,), "set_recording": (A.RECORD,), "leave_room": (A.LEAVE,), "write_line": (A.WRITE_RECORD,),
    "change_line": (A.WRITE_RECORD,), "strike_line": (A.WRITE_RECORD,), "confirm_lines": (A.CONFIRM_RECORD,), "object_to_line": (A.CONFIRM_RECORD,),
    "write_oral": (A.RECORD_ORAL,), "read_oral": (A.RECORD_ORAL,), "state_oral": (A.RECORD_ORAL,), "doubt_oral": (A.CONFIRM_ORAL,),
    "drop_oral": (A.RECORD_ORAL,), "conclude_oral": (A.RECORD_ORAL,), "ask_code": (A.SIGN,), "answer_code": (A.SIGN,), "begin_signing": (A.SIGN,),
    "prepare_signature": (A.SIGN,), "complete_signature": (A.SIGN,), "refuse_to_sign": (A.OBJECT,), "drop_page": (A.FILE_PAPER,),
    "settle_remark": (A.REMARK,), "answer_remark": (A.REMARK,), "reopen_remark": (A.REMARK,), "open_private_draft": (A.PRIVATE_DRAFT,),
}  # fmt: skip
"""Of commands that are not called as their action is."""
PERMITTED, GOES_ON, TALKING, LED = 0.7, 0.9, 0.6, 0.45
"""Shares of the steps that try something permitted, nothing that ends a case or a session, something in a case that has a room, and what comes next where a case goes well."""
NEW, OVER = 0.02, 0.2
"""Share of the steps before which one more case is reported, and of those outside of sessions that try something in any case, most of which are over."""
FEW = 2
"""Sessions that are gone on with, so that some get far."""
ENDING = frozenset({"withdraw", "close_case", "end_session", "remove_seat", "decline_report", "answer_matter", "give_back", "take_over"})
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
OF_ACCOUNTS = frozenset({"leave_joint"})
"""Whoever assists sits in the room by a seat, and leaves the case by the account."""
FORBIDDING = frozenset({"not_allowed", "wrong_stage"})
"""By which the permissions table refuses."""


class Walked(msgspec.Struct):
    """`done` and `refused`: how often each command was taken, and each refusal given; `stages`: how often something was tried in each stage of a case or a session. `faults` empty: all held."""

    seed: int
    steps: int = 0
    done: dict[str, int] = {}
    refused: dict[str, int] = {}
    stages: dict[str, int] = {}
    faults: list[str] = []


def commands() -> list[type[msgspec.Struct]]:
    """Every one of the protocol."""
    return _members(messages.Command)


def action_of(command: type[msgspec.Struct]) -> tuple[Action, ...]:
    """One of these is needed for it. Raises `ValueError` for one of which nothing is known."""
    tag = str(command.__struct_config__.tag)
    return NEEDS[tag] if tag in NEEDS else (Action(tag),)


async def walk(folder: Path, seed: int, steps: int) -> Walked:
    async with open_house(Settings(data=str(folder), media=False, warm=False, log_level="error")) as (house, _):
        await plant(house)
        return await _Walk(house, seed).go(steps)


class _Walk:
    def __init__(self, house: House, seed: int) -> None:
        self._house, self._random = house, random.Random(seed)  # noqa: S311 (what is tried is no secret)
        self._done, self._refused, self._stages = Counter[str](), Counter[str](), Counter[str]()
        self._walked = Walked(seed)
        self._going: list[str] = []
        """Cases that are not over."""
        self._talking: list[str] = []
        """Cases whose session goes on, as far as they were looked at."""
        self._today = county_day(house.clock.now())

    async def go(self, steps: int) -> Walked:
        cases = [
            str(key)
            for key in await CaseRow.all().using_db(reads()).order_by("reported_at", "number", "stage").values_list("id", flat=True)
        ]
        accounts = [
            Actor("account", row.id, row.name, Role(row.role), row.org, row.region)
            for row in await Account.all().using_db(reads()).order_by("id")
        ]
        self._going = list(cases)
        for _ in range(steps):
            if self._random.random() < NEW:
                cases.append(await self._reported())
                self._going.append(cases[-1])
            talks, over = self._talking and self._random.random() < TALKING, self._random.random() < OVER
            among = self._talking[-FEW:] if talks else cases if over or not self._going else self._going
            await self._step(self._random.choice(among), accounts)
        for case in cases:
            await self._judge(case)
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

    async def _step(self, case: str, accounts: list[Actor]) -> None:
        dossier = await self._house.reader.dossier(case)
        talks = dossier.room is not None and dossier.room.ended_at is None
        if dossier.case.stage in FINISHED and case in self._going:
            self._going.remove(case)
        self._talking = [one for one in self._talking if one != case] + ([case] if talks else [])
        self._stages[str(dossier.case.stage)] += 1
        if talks and dossier.room is not None:
            self._stages[f"session {dossier.room.stage}"] += 1
        actor, command = self._chosen(dossier, accounts)
        kind = type(command)
        name, before, entered = _tag(kind), _kept(dossier), await _entered(case)
        may = any(_permitted(dossier, actor, action) for action in action_of(kind))
        self._walked.steps += 1
        try:
            await self._house.desk.do(command, actor, "")
        except Refusal as refusal:
            self._refused[refusal.code] += 1
            if may and refusal.code in FORBIDDING and not _apart(dossier, name):
                self._fault(f"{actor.kind} {actor.role or ''} may {name} in {dossier.case.stage}, and was refused with {refusal.code}")
            if by := await self._changed(case, before, entered):
                self._fault(f"{name} was refused with {refusal.code}, and changed the case ({by})")
        except Exception as error:
            self._fault(f"{name}: {type(error).__name__}: {error}"[:300])
        else:
            self._done[name] += 1
            if not may and await self._changed(case, before, entered):
                self._fault(f"{actor.kind} {actor.role or ''} did {name} in {dossier.case.stage}, which is forbidden")

    def _chosen(self, dossier: Dossier, accounts: list[Actor]) -> tuple[Actor, Any]:
        led = next_step(dossier, accounts) if self._random.random() < LED else None
        if led is not None and (_tag(led[1]) not in ENDING or self._random.random() >= GOES_ON):
            return led
        actor = self._random.choice(self._people(dossier, accounts))
        kind = self._random.choice(self._tried(dossier, actor))
        return actor, guess(kind, dossier, [one.id for one in accounts], self._today, self._random)

    async def _changed(self, case: str, before: bytes, entered: int) -> str:
        """By what entries, in words; empty where it is as it was, or the clock of the house went on meanwhile."""
        if _kept(await self._house.reader.dossier(case)) == before:
            return ""
        kinds = set(await LedgerRow.filter(chain=case, seq__gt=entered).using_db(reads()).values_list("kind", flat=True))
        return "" if kinds & BY_THE_CLOCK else ", ".join(sorted(map(str, kinds))) or "nothing entered"

    def _tried(self, dossier: Dossier, actor: Actor) -> list[type[msgspec.Struct]]:
        """What is permitted, mostly: whatever is tried blindly is mostly refused."""
        open_to = [one for one in commands() if any(_permitted(dossier, actor, action) for action in action_of(one))]
        tried = open_to if open_to and self._random.random() < PERMITTED else commands()
        return [one for one in tried if _tag(one) not in ENDING] if self._random.random() < GOES_ON else tried

    def _people(self, dossier: Dossier, accounts: list[Actor]) -> list[Actor]:
        """Who has something to do with the case, twice as likely as anybody else."""
        case, room = dossier.case, dossier.room
        near = [one for one in accounts if one.role is Role.CENTRE or (case.mediator and case.mediator.account == one.id)]
        near += [Actor("reporter", case.id, case_id=case.id), *(Actor("party", one.id, case_id=case.id) for one in case.parties)]
        if room is not None:
            near += [Actor("seat", seat, case_id=case.id, session_id=room.id) for seat in room.seats if seat != "m"]
        far = [
            Actor("public", case.code),
            Actor("reporter", "another", case_id="another"),
            Actor("wall", "139901", role=Role.WALL, region="139901"),
        ]
        return [*near, *near, *accounts, *far]

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
                assert payload is not None, STOOD
                check_payload(entry, payload, salt)
                chains.setdefault(entry.chain, []).append(entry)
            for entries in chains.values():
                check_chain(entries)
        except LedgerBroken as error:
            self._fault(f"the ledger of {case} is broken: {error}")

    def _fault(self, sentence: str) -> None:
        if sentence not in self._walked.faults:
            self._walked.faults.append(sentence)


def _permitted(dossier: Dossier, actor: Actor, action: Action) -> bool:
    for standing in held_of(actor, dossier):
        stages = TABLE[action].get(standing)
        if stages is None:
            continue
        if stages == ANY:
            return True
        of_case = isinstance(next(iter(stages)), CaseStage)
        if (dossier.case.stage if of_case else dossier.room.stage if dossier.room is not None else None) in stages:
            return True
    return False


def _apart(dossier: Dossier, name: str) -> bool:
    """Where the table alone does not say it: a session that goes on in a case which is over, and what is the account's own affair and not the seat's."""
    goes_on = dossier.room is not None and dossier.room.ended_at is None
    return name in OF_ACCOUNTS or (goes_on and dossier.case.stage is not CaseStage.MEDIATING)


async def _entered(case: str) -> int:
    """The number of the newest entry of the main chain."""
    row = await LedgerRow.filter(chain=case).using_db(reads()).order_by("-seq").first()
    return row.seq if row is not None else 0


def _tag(command: Any) -> str:
    """Of a command, or of its kind."""
    return str(command.__struct_config__.tag)


def _kept(dossier: Dossier) -> bytes:
    return msgspec.json.encode(dossier)


def _members(union: Any) -> list[type[msgspec.Struct]]:
    found: list[type[msgspec.Struct]] = []
    for one in get_args(union):
        found += _members(one) if get_args(one) else [one]
    return found
