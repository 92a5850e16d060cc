"""Experts of the pool at the table: nobody sits without a declaration and everybody's consent, and nobody keeps anything once the invitation is over."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.case import Case, Mediator, Person, Photo
from cases.commands.experts import DeclareInterest, ExtendExpert, InviteExpert, RateExpert, WithdrawExpert
from cases.errors import Refusal
from cases.expert_choice import Candidate
from cases.expert_invitation import CASE_LIMIT, OPEN, OPEN_LIMIT, Invitation
from cases.experts import Entry
from cases.vocabulary import CaseStage, Consent, DisputeKind, InvitationState, Role, SeatState, SessionStage
from realtime.audience import fragments, view_of
from rooms import commands as c
from rooms.expert_seats import ANSWER_WITHIN, follow, handle, invite_expert
from rooms.handling import expire, standings, taken_over
from rooms.room import Room, routes
from storage.dossier import Dossier
from tests.rooms.test_room import NOW, WANG, do, room_with, seat_actor
from web.clockwork import overdue

LIU = Candidate("liu", Entry("刘律师", "lawyer", "people", "139901", "", ["邻里"]), "mark-liu")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
S = InvitationState


class Table:
    """A case with its room; every command is followed, as the store does it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.room: Room = room_with(2)
        self.now = now
        self.case = Case(
            id="case",
            code="HY-AAAA-BBBB",
            kind=DisputeKind.DISPUTE,
            stage=CaseStage.MEDIATING,
            title="相邻排水",
            facts="",
            region="139901001",
            region_name="城关镇",
            place="",
            source="当事人申请",
            reported_at=NOW,
            dispute_type="邻里",
            parties=[Person("p1", "李某", "applicant", "13800001234"), Person("p2", "赵某", "respondent")],
            photos=[Photo("f1", 10, 10), Photo("f2", 10, 10)],
            mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
            session_id=self.room.id,
        )

    def invite(self, one: Candidate = LIU, actor: Actor = WANG, marks: frozenset[str] = frozenset(), **more: Any) -> Invitation:
        asked = InviteExpert("case", one.id, more.pop("brief", "屋檐滴水的责任怎么分"), **more)
        invitation, _ = invite_expert(self.case, self.room, one, marks, asked, actor, self.now)
        self.follow()
        return invitation

    def declare(self, answer: str = "none", reason: str = "", seat: str = "e1") -> list[str]:
        return self.do(DeclareInterest("case", answer, reason), seat_actor(self.room, seat))  # type: ignore[arg-type]

    def do(self, command: Any, actor: Actor = WANG) -> list[str]:
        happened = handle(self.case, self.room, command, actor, self.now)
        return [one.kind for one in [*happened, *self.follow()]]

    def room_do(self, who: str, command: Any) -> list[str]:
        happened = do(self.room, who, command, self.now)
        return [one.kind for one in [*happened, *self.follow()]]

    def seat(self, who: str = "e1") -> None:
        self.room_do(who, c.Knock("case"))
        self.room_do("m", c.Admit("case", who))

    def clock(self, minutes: float) -> list[str]:
        self.now += timedelta(minutes=minutes)
        return [one.kind for one in [*expire(self.room, self.now), *self.follow()]]

    def follow(self) -> list[Any]:
        return follow(self.case, self.room, self.now)

    @property
    def state(self) -> InvitationState:
        return self.case.experts[-1].state

    def shown(self, stream: str) -> dict[str, Any]:
        return fragments(Dossier(self.case, self.room)).get(stream, {})


def code_of(what: Any) -> str:
    with pytest.raises(Refusal) as refused:
        what()
    return refused.value.code


def seated(minutes: int = 10) -> Table:
    at = Table()
    at.invite(minutes=minutes)
    at.declare()
    at.seat()
    return at


def test_the_way_from_the_invitation_to_the_end_of_the_minutes() -> None:
    at = Table()
    at.invite()
    assert at.state is S.SENT and code_of(lambda: at.room_do("e1", c.Knock("case"))) == "declare_first"
    assert at.declare() == ["expert.accepted"]
    assert at.room_do("e1", c.Knock("case")) == ["seat.waiting"]
    assert at.room_do("m", c.Admit("case", "e1")) == ["seat.admitted", "expert.seated"]
    assert "e1" in routes(at.room) and at.state is S.SEATED
    assert at.clock(9.9) == []
    assert at.clock(0.2) == ["seat.expired", "expert.done"]
    assert at.state is S.DONE and "e1" not in routes(at.room)
    expert = seat_actor(at.room, "e1")
    assert standings(at.room, expert) == () and view_of(expert, f"room/{at.room.id}", Dossier(at.case, at.room)) is None
    assert code_of(lambda: at.room_do("e1", c.Knock("case"))) == "not_allowed"
    assert not at.shown(f"room/{at.room.id}|e1")


def test_without_the_consent_of_both_parties_nobody_is_seated() -> None:
    at = Table()
    at.room_do("s2", c.GiveConsent("case", Consent.EXPERT, False))
    at.invite()
    at.declare()
    at.room_do("e1", c.Knock("case"))
    assert code_of(lambda: at.room_do("m", c.Admit("case", "e1"))) == "no_expert_consent" and at.state is S.ACCEPTED
    at.room_do("s2", c.GiveConsent("case", Consent.EXPERT, True))
    at.room_do("m", c.Admit("case", "e1"))
    assert at.state is S.SEATED
    assert "expert.done" in at.room_do("s1", c.GiveConsent("case", Consent.EXPERT, False)), "taken back, 人民调解法 20"


@pytest.mark.parametrize(("answer", "state"), [("conflict", S.CONFLICT), ("decline", S.DECLINED)])
def test_who_has_an_interest_or_no_time_is_never_seated(answer: str, state: InvitationState) -> None:
    at = Table()
    at.invite()
    assert code_of(lambda: at.declare(answer)) == "missing", "a reason is needed"
    assert at.state is S.SENT
    kinds = at.declare(answer, "与李某是亲戚")
    assert at.state is state and kinds[0] == f"expert.{'conflict' if answer == 'conflict' else 'declined'}"
    assert at.room.seats["e1"].revoked and standings(at.room, seat_actor(at.room, "e1")) == ()
    assert at.shown("case/case|staff")["experts"]["x1"]["reason"] == "与李某是亲戚"
    assert at.shown(f"room/{at.room.id}|m")["invitations"]["e1"]["reason"] == "与李某是亲戚", "the mediator is told at once"
    assert "与李某是亲戚" not in str(at.shown(f"room/{at.room.id}|s1"))
    if answer == "conflict":
        assert code_of(lambda: at.invite()) == "expert_left_out"
    else:
        assert at.invite().seat == "e2", "may be asked once more"


def test_an_interest_that_is_noticed_at_the_table_ends_it() -> None:
    at = seated()
    kinds = at.declare("conflict", "刚认出来，是同学")
    assert at.state is S.CONFLICT and "seat.left" in kinds and "e1" not in routes(at.room)


def test_the_mediator_extends_once_and_only_at_the_table() -> None:
    at = Table()
    at.invite(minutes=5)
    assert code_of(lambda: at.do(ExtendExpert("case", "x1"))) == "expert_not_seated"
    at.declare()
    at.seat()
    at.clock(4)
    assert at.do(ExtendExpert("case", "x1")) == ["expert.extended"]
    assert code_of(lambda: at.do(ExtendExpert("case", "x1"))) == "expert_extended"
    assert at.clock(5.9) == [] and at.clock(0.2) == ["seat.expired", "expert.done"]


def test_another_device_gets_no_minute_more() -> None:
    at = seated(5)
    at.clock(4)
    taken_over(at.room, "e1", at.now)
    at.follow()
    at.seat()
    assert at.room.seats["e1"].until == NOW + timedelta(minutes=5) and at.clock(1) == ["seat.expired", "expert.done"]
    late = seated(5)
    taken_over(late.room, "e1", late.now)
    late.now += timedelta(minutes=5)
    assert overdue(late.room, late.now), "the clock sees it without anybody's command"
    assert late.clock(0) == ["expert.done"], "whoever is not let in again by then is not let in any more"
    assert not overdue(late.room, late.now)


def test_what_ends_an_invitation_that_nobody_came_to() -> None:
    at = Table()
    at.invite()
    at.now += ANSWER_WITHIN - timedelta(seconds=1)
    assert at.follow() == []
    at.now += timedelta(seconds=1)
    assert [one.kind for one in at.follow()] == ["expert.expired"] and at.room.seats["e1"].revoked
    for end in (c.EndSession("case", "谈不拢"), c.RemoveSeat("case", "e1")):
        at = Table()
        at.invite()
        at.room_do("m", end)
        assert at.state is (S.EXPIRED if isinstance(end, c.EndSession) else S.WITHDRAWN)
    at = Table()
    at.invite()
    assert at.do(WithdrawExpert("case", "x1")) == ["expert.withdrawn"] and at.state is S.WITHDRAWN
    assert code_of(lambda: at.do(WithdrawExpert("case", "x1"))) == "invitation_over"
    late = Table()
    late.invite()
    late.now += ANSWER_WITHIN
    assert (
        code_of(lambda: handle(late.case, late.room, DeclareInterest("case", "none"), seat_actor(late.room, "e1"), late.now))
        == "invitation_over"
    )


def test_who_is_invited_to_other_stages_leaves_with_the_stage() -> None:
    at = Table()
    at.invite(stages=[SessionStage.IDENTITY])
    at.declare()
    at.seat()
    assert at.room_do("m", c.MoveStage("case", SessionStage.NOTICE))[-1] == "expert.done"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"brief": "李某13800001234问怎么检测"}, "number_in_brief"),
        ({"minutes": 4}, "expert_minutes"),
        ({"minutes": 31}, "expert_minutes"),
        ({"brief": ""}, "missing"),
        ({"brief": "事" * 1001}, "too_long"),
        ({"files": ["f1", "other"]}, "unknown_file"),
        ({"at": "2026-03-18"}, "expert_when"),
        ({"at": "2026-01-01T00:00:00Z"}, "expert_when"),
        ({"at": "2026-12-01T00:00:00Z"}, "expert_when"),
        ({"marks": frozenset({"mark-liu"})}, "expert_left_out"),
        ({"actor": CHEN}, "not_allowed"),
        ({"actor": CENTRE}, "not_allowed"),
    ],
)
def test_what_no_invitation_is_made_of(more: dict[str, Any], code: str) -> None:
    at = Table()
    before = deepcopy((at.case, at.room))
    assert code_of(lambda: at.invite(**more)) == code
    assert (at.case, at.room) == before, "refused before anything is changed"


def test_limits_of_a_case() -> None:
    at = Table()
    people = [
        msgspec.structs.replace(LIU, id=f"e{n}", entry=msgspec.structs.replace(LIU.entry, name=f"专家{n}")) for n in range(CASE_LIMIT + 1)
    ]
    for one in people[:OPEN_LIMIT]:
        at.invite(one)
    assert code_of(lambda: at.invite(people[0])) == "expert_invited"
    assert code_of(lambda: at.invite(people[OPEN_LIMIT])) == "invitations_open"
    for n, one in enumerate(people[OPEN_LIMIT:CASE_LIMIT]):
        at.do(WithdrawExpert("case", f"x{n + 1}"))
        at.invite(one)
    at.do(WithdrawExpert("case", f"x{CASE_LIMIT}"))
    assert code_of(lambda: at.invite(people[CASE_LIMIT])) == "invitations_spent"


def test_the_help_is_rated_once_and_only_of_who_was_there() -> None:
    at = Table()
    at.invite()
    assert code_of(lambda: at.do(RateExpert("case", "x1", 5))) == "expert_not_over"
    at.do(WithdrawExpert("case", "x1"))
    assert code_of(lambda: at.do(RateExpert("case", "x1", 5))) == "expert_not_over"
    at = seated()
    assert code_of(lambda: at.do(RateExpert("case", "x1", 5))) == "expert_not_over"
    at.clock(10)
    for score in (0, 6, -1):
        assert code_of(lambda score=score: at.do(RateExpert("case", "x1", score))) == "expert_score"
    assert code_of(lambda: at.do(RateExpert("case", "x1", 4), CHEN)) == "not_allowed"
    assert at.do(RateExpert("case", "x1", 4)) == ["expert.rated"] and at.case.experts[0].score == 4
    assert code_of(lambda: at.do(RateExpert("case", "x1", 1))) == "expert_rated"
    assert code_of(lambda: at.do(RateExpert("case", "x9", 1))) == "no_invitation"


def test_each_reads_the_own_part_and_parties_nothing_of_the_invitation() -> None:
    at = Table()
    at.invite(brief="绝密提要", files=["f1"])
    own = at.shown(f"room/{at.room.id}|e1")["own"]["invitation"]
    assert (own["brief"], own["parties"], own["photographs"], own["state"]) == (
        "绝密提要",
        ["李某", "赵某"],
        1,
        "sent",
    ) and "files" not in own
    assert at.shown(f"room/{at.room.id}|m")["invitations"]["e1"]["id"] == "x1"
    at.declare()
    at.seat()
    assert at.shown(f"room/{at.room.id}|e1")["own"]["invitation"]["files"] == ["f1"]
    for stream in (f"room/{at.room.id}|s1", f"room/{at.room.id}|s2", "case/case|reporter", "code/HY-AAAA-BBBB|public"):
        assert "绝密提要" not in str(at.shown(stream)) and "invitation" not in str(at.shown(stream)), stream
    assert code_of(lambda: at.declare("conflict", "", seat="s1")) == "not_allowed"
    at.room_do("m", c.MoveStage("case", SessionStage.NOTICE))
    for seat in ("s1", "s2"):
        at.room_do(seat, c.ConfirmNotice("case"))
    at.room_do("m", c.MoveStage("case", SessionStage.STATEMENTS))
    at.room_do("m", c.OpenCaucus("case", ["s1"]))
    assert "e1" not in routes(at.room), "no private talk without being chosen for it"


STEPS = st.lists(
    st.sampled_from(
        [
            "invite",
            "none",
            "conflict",
            "decline",
            "knock",
            "admit",
            "yes",
            "no",
            "extend",
            "withdraw",
            "remove",
            "leave",
            "minutes",
            "day",
            "rate",
            "device",
            "end",
        ]
    ),
    max_size=24,
)


@given(STEPS)
def test_under_any_sequence_seats_and_invitations_agree(steps: list[str]) -> None:
    at = Table()
    for step in steps:
        last = at.case.experts[-1] if at.case.experts else None
        seat, key = (last.seat, last.id) if last else ("e1", "x1")
        try:
            match step:
                case "invite":
                    at.invite(minutes=5)
                case "none" | "conflict" | "decline":
                    at.declare(step, "因故" if step != "none" else "", seat)
                case "knock":
                    at.room_do(seat, c.Knock("case"))
                case "admit":
                    at.room_do("m", c.Admit("case", seat))
                case "yes" | "no":
                    at.room_do("s1", c.GiveConsent("case", Consent.EXPERT, step == "yes"))
                case "extend":
                    at.do(ExtendExpert("case", key))
                case "withdraw":
                    at.do(WithdrawExpert("case", key))
                case "remove":
                    at.room_do("m", c.RemoveSeat("case", seat))
                case "leave":
                    at.room_do(seat, c.LeaveRoom("case"))
                case "minutes":
                    at.clock(3)
                case "day":
                    at.clock(24 * 60)
                case "rate":
                    at.do(RateExpert("case", key, 4))
                case "device":
                    taken_over(at.room, seat, at.now)
                    at.follow()
                case "end":
                    at.room_do("m", c.EndSession("case", "到此为止"))
        except Refusal:
            pass
        for one in at.case.experts:
            there = at.room.seats[one.seat]
            if one.state in OPEN:
                assert not there.revoked and at.room.ended_at is None
            else:
                assert (there.revoked or at.room.ended_at is not None) and not there.present
            if there.present:
                assert one.state is S.SEATED and there.until == one.leaves_at and at.now < one.leaves_at
                assert all(party.consents.get(Consent.EXPERT) for party in at.room.parties())
            assert not (there.undeclared and there.state in {SeatState.LOBBY, SeatState.ADMITTED})
            assert one.score == 0 or one.seated_at is not None
        assert at.follow() == [], "once followed, nothing is left to follow"
