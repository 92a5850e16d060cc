"""An oral agreement: put down, read aloud, confirmed by everybody, concluded; and what bars the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases.actor import Actor
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal
from cases.vocabulary import Role, SeatRole, SeatState, SessionStage
from rooms import commands as c
from rooms import oral_agreement as oral
from rooms.handling import handle, invite, open_room
from rooms.room import Facts, missing_for

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
TEXT = {"matters": "屋檐滴水", "facts": "雨水流到邻家院墙。", "content": "李某装水落管。", "manner": "自行安装", "deadline": "本月底前"}


class Talk:
    def __init__(self, stage: SessionStage = SessionStage.OPTIONS) -> None:
        self.room, _ = open_room("case-r1", "case", WANG, NOW)
        for party, name in (("p1", "李某"), ("p2", "赵某")):
            seat, _ = invite(self.room, c.Invite("case", SeatRole.PARTY, party=party), name)
            seat.state = SeatState.ADMITTED
        self.room.stage = stage

    def do(self, command: object, who: str = "m", facts: Facts | None = None) -> list[str]:
        actor = WANG if who == "m" else Actor("seat", who, case_id="case", session_id="case-r1")
        return [event.kind for event in handle(self.room, command, actor, NOW, facts or Facts(), "new")]

    def write(self, **change: str) -> str:
        self.do(c.WriteOral("case", **{**TEXT, **change}))
        return oral.text_hash(self.room)

    def read(self) -> str:
        assert self.room.oral is not None
        self.do(c.ReadOral("case", self.room.oral.revision))
        return oral.text_hash(self.room)


def refused(talk: Talk, command: object, who: str = "m", facts: Facts | None = None) -> str:
    with pytest.raises(Refusal) as error:
        talk.do(command, who, facts)
    return error.value.code


def test_the_whole_way() -> None:
    talk = Talk()
    digest = talk.write()
    assert refused(talk, c.ConfirmOral("case", digest), "s1") == "oral_not_read"
    talk.read()
    assert talk.do(c.ReadOral("case", 1)) == []
    assert talk.do(c.ConfirmOral("case", digest), "s1") == ["oral.confirmed"]
    assert talk.do(c.ConfirmOral("case", digest), "s1") == []
    with pytest.raises(OutOfTurn) as early:
        oral.conclude(talk.room, digest, NOW)
    assert (early.value.code, early.value.detail["missing"]) == ("oral_unconfirmed", ["s2"])
    assert refused(talk, c.StateOral("case", "s2", digest, "没有手机")) == "own_device"
    talk.do(c.LeaveRoom("case"), "s2")
    assert refused(talk, c.StateOral("case", "s2", digest, " ")) == "missing"
    assert refused(talk, c.StateOral("case", "m", digest, "x")) == "not_a_party"
    assert refused(talk, c.StateOral("case", "s2", "0" * 64, "没有手机")) == "oral_changed"
    assert talk.do(c.StateOral("case", "s2", digest, "没有手机，坐在调解员身边")) == ["oral.stated"]
    oral.conclude(talk.room, digest, NOW)
    told = json.loads(oral.canonical(talk.room))
    assert [(person["name"], person["how"]) for person in told["confirmed"]] == [("李某", "device"), ("赵某", "stated")]
    assert told["text_sha256"] == digest
    assert missing_for(talk.room, SessionStage.ARCHIVE, Facts(agreement="effective", oral=True)) == []
    for command in (c.WriteOral("case", **TEXT), c.DropOral("case")):
        assert refused(talk, command, facts=Facts(agreement="effective", oral=True)) == "oral_beside_text"
    assert refused(talk, c.DropOral("case")) == "oral_concluded"


def test_another_word_and_a_doubt_make_confirmations_void() -> None:
    talk = Talk()
    talk.write()
    first = talk.read()
    talk.do(c.ConfirmOral("case", first), "s1")
    second = talk.write(deadline="下月底前")
    assert second != first
    assert refused(talk, c.ReadOral("case", 1)) == "oral_changed"
    talk.read()
    assert refused(talk, c.ConfirmOral("case", first), "s1") == "oral_changed"
    talk.do(c.ConfirmOral("case", second), "s1")
    talk.do(c.DoubtOral("case", "期限说的是年底"), "s2")
    told = oral.document(talk.room)
    assert told is not None
    assert (told["confirmed"], told["read"], told["doubt"]) == ({}, None, {"seat": "s2", "text": "期限说的是年底"})
    talk.do(c.DropOral("case"))
    assert oral.document(talk.room) is None
    assert refused(talk, c.ReadOral("case", 2)) == "no_oral"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (Facts(needs_paper=True), "oral_needs_paper"),
        (Facts(agreement="confirming"), "oral_beside_text"),
        (Facts(agreement="paper"), "oral_beside_text"),
    ],
)
def test_where_it_may_not_be(facts: Facts, code: str) -> None:
    assert refused(Talk(), c.WriteOral("case", **TEXT), facts=facts) == code


def test_whose_it_is_and_when() -> None:
    assert refused(Talk(), c.WriteOral("case", **TEXT), "s1") == "not_allowed"
    assert refused(Talk(SessionStage.NOTICE), c.WriteOral("case", **TEXT)) == "wrong_stage"
    talk = Talk()
    talk.write()
    assert refused(talk, c.ConfirmOral("case", talk.read())) == "not_allowed"
    alone = Talk()
    alone.do(c.RemoveSeat("case", "s2"))
    assert refused(alone, c.WriteOral("case", **TEXT)) == "too_few_parties"
    talk.do(c.OpenCaucus("case", ["s1"]))
    assert refused(talk, c.DropOral("case")) == "caucus_open"


@pytest.mark.parametrize("name", list(oral.LIMITS))
def test_every_text_is_needed_and_limited(name: str) -> None:
    for text, code in (("  ", "missing"), ("很" * (oral.LIMITS[name] + 1), "too_long")):
        with pytest.raises(Invalid) as error:
            Talk().write(**{name: text})
        assert (error.value.code, error.value.detail["field"]) == (code, name)


class AnyOrder(RuleBasedStateMachine):
    """Whatever is tried in whatever order, what is concluded was read aloud and confirmed by everybody, as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk()
        self.seen = {"s1": "", "s2": ""}
        self.read_text = ""

    def attempt(self, command: object, who: str = "m") -> bool:
        try:
            self.talk.do(command, who)
        except (Invalid, OutOfTurn, Conflict, NotAllowed):
            return False
        return True

    @rule(deadline=st.sampled_from(["月底", "年底"]))
    def write(self, deadline: str) -> None:
        self.attempt(c.WriteOral("case", **{**TEXT, "deadline": deadline}))

    @rule(revision=st.integers(0, 4))
    def read(self, revision: int) -> None:
        if self.attempt(c.ReadOral("case", revision)):
            self.read_text = oral.text_hash(self.talk.room)

    @rule(seat=st.sampled_from(["s1", "s2"]), stale=st.booleans())
    def confirm(self, seat: str, stale: bool) -> None:
        digest = "0" * 64 if stale or self.talk.room.oral is None else oral.text_hash(self.talk.room)
        if self.attempt(c.ConfirmOral("case", digest), seat):
            self.seen[seat] = digest

    @rule(seat=st.sampled_from(["s1", "s2"]))
    def doubt(self, seat: str) -> None:
        self.attempt(c.DoubtOral("case", "不对"), seat)

    @rule()
    def drop(self) -> None:
        self.attempt(c.DropOral("case"))

    @rule()
    def conclude(self) -> None:
        room = self.talk.room
        try:
            oral.conclude(room, oral.text_hash(room) if room.oral else "", NOW)
        except Refusal:
            return
        assert set(self.seen.values()) == {oral.text_hash(room)} == {self.read_text}

    @invariant()
    def nothing_unread_is_confirmed(self) -> None:
        state = self.talk.room.oral
        assert state is None or not state.confirmed or state.read_at is not None


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
