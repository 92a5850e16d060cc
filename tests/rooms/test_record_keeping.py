"""The written record: what is noted by itself, what people may do to it, and that a confirmation is of the wording that was read."""

from __future__ import annotations

import copy
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal
from cases.ports import Happened
from cases.vocabulary import STAGE_NAMES, Consent, Role, SeatRole, SeatState, SessionStage
from evidence.verifier import strict_json
from rooms import commands as c
from rooms import record_keeping, record_notes
from rooms.handling import handle, invite, open_room
from rooms.record_people import settled_record
from rooms.room import Facts, Room, Seat, recorded, routes
from rooms.written_record import LINES_LIMIT, Kind

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
LI, ZHANG, EXPERT = (Actor("seat", seat, case_id="k", session_id="k-1") for seat in ("s1", "s2", "e1"))


class Sitting:
    """A session in which every command is followed by its notes, as the store does it."""

    def __init__(self) -> None:
        self.room, happened = open_room("k-1", "k", WANG, NOW)
        self.minutes = 0
        for seat, name in (("s1", "李某"), ("s2", "张某")):
            self.room.seats[seat] = Seat(seat, SeatRole.PARTY, name, SeatState.ADMITTED, party=seat, verified=True, notice=True, known=True)
        self.room.seats["e1"] = Seat("e1", SeatRole.EXPERT, "刘律师", SeatState.ADMITTED, known=True)
        self.told = record_keeping.note(self.room, happened, NOW)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)

    def do(self, command: Any, actor: Actor = WANG) -> list[str]:
        self.minutes += 1
        happened = handle(self.room, command, actor, self.now, Facts(), "k-c1")
        self.told = record_keeping.note(self.room, happened, self.now)
        return [event.kind for event in happened + self.told]

    def texts(self) -> list[str]:
        return [line.text for line in self.room.record.standing()]


@pytest.fixture
def sitting() -> Sitting:
    return Sitting()


def test_what_happens_is_noted_by_itself(sitting: Sitting) -> None:
    sitting.do(c.GiveConsent("k", Consent.RECORDING, False), LI)
    sitting.do(c.Say("k", "墙是他家砌的"), ZHANG)
    sitting.do(c.RaiseHand("k", True), LI)
    assert sitting.texts() == ["调解开始，由调解员王调解员主持。", "当事人李某不同意录音录像。", "墙是他家砌的"]
    said = sitting.room.record.lines[-1]
    assert (said.kind, said.seat) == (Kind.SAID, "s2")


def test_the_record_goes_on_when_the_recording_stops(sitting: Sitting) -> None:
    for party in (LI, ZHANG):
        sitting.do(c.GiveConsent("k", Consent.RECORDING, True), party)
    sitting.do(c.GiveConsent("k", Consent.RECORDING, False), LI)
    assert sitting.texts()[-2:] == ["当事人李某撤回对录音录像的同意。", "因当事人撤回同意，录音录像停止，本笔录继续。"]
    assert sitting.do(c.WriteLine("k", "双方对边界无争议", agreed=True)) == ["record.written"]


def test_a_recorder_writes_beside_the_mediator_and_does_nothing_else(sitting: Sitting) -> None:
    sitting.room.stage = SessionStage.STATEMENTS
    seat, told = invite(sitting.room, c.Invite("k", SeatRole.RECORDER, name="陈书记"), "")
    assert seat.id == "r1" and told[0].payload["role"] == "recorder"
    with pytest.raises(Invalid) as refused:
        invite(sitting.room, c.Invite("k", SeatRole.RECORDER, name="另一位"), "")
    assert refused.value.code == "one_recorder"
    chen = Actor("seat", "r1", case_id="k", session_id="k-1")
    sitting.do(c.Knock("k"), chen)
    sitting.do(c.Admit("k", "r1"))
    happened = handle(sitting.room, c.WriteLine("k", "李某要求修墙", seat="s1"), chen, NOW, Facts(), "k-c1")
    assert happened[0].payload["by"] == "r1" and sitting.texts()[-1] == "李某要求修墙"
    line = sitting.room.record.lines[-1]
    sitting.do(c.ChangeLine("k", line.id, line.revision, "李某要求修好院墙"), chen)
    sitting.do(c.StrikeLine("k", line.id, True), chen)
    for command in (
        c.CloseRecord("k", "x"),
        c.ConfirmLines("k", {"1": 0}),
        c.Say("k", "我也说"),
        c.SetMedia("k", "audio", True),
        c.EndSession("k", "x"),
    ):
        with pytest.raises(NotAllowed):
            sitting.do(command, chen)
    assert "r1" in routes(sitting.room) and all("r1" not in sources for sources in routes(sitting.room).values()), "hears, and is not heard"
    assert "r1" not in recorded(sitting.room)
    sitting.do(c.OpenCaucus("k", ["s1"]))
    with pytest.raises(OutOfTurn):
        sitting.do(c.WriteLine("k", "里面说的"), chen)
    assert "r1" not in routes(sitting.room)
    assert any(person.role is SeatRole.RECORDER for person in settled_record(sitting.room).people)


def test_a_pause_and_its_end_are_noted_with_reason_and_times(sitting: Sitting) -> None:
    for party in (LI, ZHANG):
        sitting.do(c.GiveConsent("k", Consent.RECORDING, True), party)
    sitting.do(c.SetRecording("k", False, "rest"))
    sitting.do(c.WriteLine("k", "休息后继续"))
    sitting.do(c.SetRecording("k", True))
    sitting.do(c.SetRecording("k", False, "other", "换电池"))
    assert [text for text in sitting.texts() if "录音录像" in text][-3:] == [
        "录音录像暂停（休息），本笔录继续。",
        "录音录像恢复，此前自17时03分起没有录，共2分00秒。",
        "录音录像暂停（换电池），本笔录继续。",
    ]


def test_a_recording_that_ends_with_the_session_is_told_as_that(sitting: Sitting) -> None:
    for party in (LI, ZHANG):
        sitting.do(c.GiveConsent("k", Consent.RECORDING, True), party)
    sitting.do(c.EndSession("k", "谈不拢"))
    assert "录音录像结束。" in sitting.texts() and not any("不同意" in text for text in sitting.texts())


def test_of_a_private_talk_only_its_begin_and_end_are_noted(sitting: Sitting) -> None:
    sitting.room.stage = SessionStage.EVIDENCE
    sitting.do(c.OpenCaucus("k", ["s1"]))
    before = msgspec.json.encode(sitting.room.record)
    sitting.do(c.Say("k", "我最多让三千"), LI)
    for command, actor in [
        (c.WriteLine("k", "李某愿意让三千"), WANG),
        (c.StrikeLine("k", 1), WANG),
        (c.CloseRecord("k", "急"), WANG),
        (c.ConfirmLines("k", {"1": 1}), LI),
        (c.ObjectToLine("k", 1, 1, "不对"), ZHANG),
    ]:
        with pytest.raises(OutOfTurn, match="private talk"):
            sitting.do(command, actor)
    assert msgspec.json.encode(sitting.room.record) == before
    sitting.do(c.CloseCaucus("k"))
    assert sitting.texts()[-2:] == ["调解员与部分当事人背对背谈话，内容不入本笔录。", "背对背谈话结束。"]


def test_a_changed_line_is_confirmed_anew(sitting: Sitting) -> None:
    sitting.do(c.WriteLine("k", "欠款三万元", seat="s1"))
    number = sitting.room.record.lines[-1].id
    sitting.do(c.ConfirmLines("k", {str(number): 1}), LI)
    sitting.do(c.ObjectToLine("k", number, 1, "是两万元"), ZHANG)
    assert sitting.room.record.answered("s1", sitting.room.record.line(number))
    assert sitting.do(c.ChangeLine("k", number, 1, "欠款二万元")) == ["record.changed"]
    assert not sitting.room.record.answered("s1", sitting.room.record.line(number))
    assert not sitting.room.record.answered("s2", sitting.room.record.line(number))
    with pytest.raises(Conflict, match="changed meanwhile"):
        sitting.do(c.ConfirmLines("k", {str(number): 1}), LI)
    with pytest.raises(Conflict):
        sitting.do(c.ChangeLine("k", number, 1, "欠款一万元"))
    assert sitting.do(c.ChangeLine("k", number, 2, "欠款二万元")) == []


def test_what_people_wrote_and_what_the_software_noted_is_not_reworded(sitting: Sitting) -> None:
    sitting.do(c.Say("k", "墙是他家砌的"), ZHANG)
    for number in (1, 2):
        with pytest.raises(OutOfTurn) as refused:
            sitting.do(c.ChangeLine("k", number, 1, "别的"))
        assert refused.value.code == "line_fixed"
    with pytest.raises(OutOfTurn):
        sitting.do(c.StrikeLine("k", 1))
    assert sitting.do(c.StrikeLine("k", 2)) == ["record.struck"]
    assert sitting.texts() == ["调解开始，由调解员王调解员主持。"]
    assert sitting.do(c.StrikeLine("k", 2)) == []
    assert sitting.do(c.StrikeLine("k", 2, on=False)) == ["record.restored"]
    assert sitting.texts()[-1] == "墙是他家砌的"


def test_a_confirmation_takes_the_objection_back_and_the_other_way_round(sitting: Sitting) -> None:
    record = sitting.room.record
    sitting.do(c.ObjectToLine("k", 1, 1, "我晚到了"), LI)
    sitting.do(c.ConfirmLines("k", {"1": 1}), LI)
    assert record.objections["s1"] == {} and record.confirmed["s1"] == {"1": 1}
    sitting.do(c.ObjectToLine("k", 1, 1, "还是不对"), LI)
    assert record.confirmed["s1"] == {} and record.objections["s1"] == {"1": "还是不对"}


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ({}, Invalid),
        ({"9": 1}, Invalid),
        ({"x": 1}, Invalid),
        ({"1": 2}, Conflict),
        ({"-1": 1}, Invalid),
        ({"1" * 40: 1}, Invalid),
        ({"1": 1, "9": 1}, Invalid),
    ],
)
def test_a_confirmation_is_whole_or_not_at_all(sitting: Sitting, lines: dict[str, int], kind: type[Refusal]) -> None:
    with pytest.raises(kind):
        sitting.do(c.ConfirmLines("k", lines), LI)
    assert not sitting.room.record.confirmed.get("s1")


def test_only_the_mediator_writes_and_only_parties_confirm(sitting: Sitting) -> None:
    for command in (c.WriteLine("k", "x"), c.ChangeLine("k", 1, 1, "x"), c.StrikeLine("k", 1), c.CloseRecord("k")):
        for actor in (LI, EXPERT):
            with pytest.raises(NotAllowed):
                sitting.do(command, actor)
    for command in (c.ConfirmLines("k", {"1": 1}), c.ObjectToLine("k", 1, 1, "x")):
        for actor in (WANG, EXPERT):
            with pytest.raises(NotAllowed):
                sitting.do(command, actor)
    sitting.room.seats["s1"].state = SeatState.LOBBY
    with pytest.raises(OutOfTurn, match="admitted"):
        sitting.do(c.ConfirmLines("k", {"1": 1}), LI)


def test_who_was_not_compared_answers_nothing(sitting: Sitting) -> None:
    sitting.do(c.WriteLine("k", "双方愿意协商"))
    number = str(sitting.room.record.lines[-1].id)
    sitting.room.seats["s1"].verified = False
    for command in (c.ConfirmLines("k", {number: 0}), c.ObjectToLine("k", int(number), 0, "不对")):
        with pytest.raises(NotAllowed) as refused:
            sitting.do(command, LI)
        assert refused.value.code == "not_verified"
    assert not sitting.room.record.confirmed and not sitting.room.record.objections


def test_closing_needs_every_answer_or_a_reason_and_is_final(sitting: Sitting) -> None:
    with pytest.raises(OutOfTurn) as refused:
        sitting.do(c.CloseRecord("k"))
    assert refused.value.detail["missing"] == [["s1", 1], ["s2", 1]]
    sitting.do(c.ConfirmLines("k", {"1": 1}), LI)
    sitting.do(c.ObjectToLine("k", 1, 1, "不是他主持"), ZHANG)
    assert sitting.do(c.CloseRecord("k")) == ["record.closed"]
    record = sitting.room.record
    assert record.sha256 == hashlib.sha256(record_keeping.canonical(sitting.room)).hexdigest()
    for command, actor in ((c.WriteLine("k", "x"), WANG), (c.ConfirmLines("k", {"1": 1}), LI), (c.CloseRecord("k"), WANG)):
        with pytest.raises(OutOfTurn, match="closed"):
            sitting.do(command, actor)
    # What comes afterwards is in the chain, not in the closed record, and does not move its hash.
    sitting.do(c.Say("k", "我还有话说"), LI)
    sitting.do(c.RemoveSeat("k", "s2"))
    assert record.sha256 == hashlib.sha256(record_keeping.canonical(sitting.room)).hexdigest()


def test_the_end_of_the_session_closes_it_and_tells_who_had_not_confirmed(sitting: Sitting) -> None:
    sitting.do(c.ConfirmLines("k", {"1": 1}), LI)
    assert sitting.do(c.EndSession("k", "谈不拢")) == ["session.ended", "record.closed"]
    assert sitting.told[0].payload["unconfirmed"] == {"s1": 1, "s2": 2}
    assert sitting.texts()[-1] == "调解结束。谈不拢"


def test_a_reason_is_kept_only_where_it_was_needed(sitting: Sitting) -> None:
    for party in (LI, ZHANG):
        sitting.do(c.ConfirmLines("k", {"1": 1}), party)
    sitting.do(c.CloseRecord("k", "多余"))
    assert sitting.room.record.close_reason == ""


def test_limits(sitting: Sitting) -> None:
    for number in range(LINES_LIMIT - 1):
        record_keeping.write(sitting.room, Kind.WRITTEN, "", f"第{number}句", NOW)
    with pytest.raises(OutOfTurn, match="at most 400"):
        sitting.do(c.WriteLine("k", "再一句"))
    sitting.do(c.Say("k", "还有"), LI)
    assert sitting.room.record.omitted == 1 and len(sitting.room.record.lines) == LINES_LIMIT
    for command, actor in (
        (c.WriteLine("k", "字" * 1001), WANG),
        (c.ObjectToLine("k", 1, 1, "字" * 301), LI),
        (c.WriteLine("k", "\u200b "), WANG),
    ):
        with pytest.raises(Invalid):
            sitting.do(command, actor)
    with pytest.raises(Invalid):
        sitting.do(c.WriteLine("k", "x", seat="s9"))
    many = {str(n): 1 for n in range(LINES_LIMIT + 1)}
    with pytest.raises(Invalid, match="1 to 400"):
        sitting.do(c.ConfirmLines("k", many), LI)


def test_every_event_that_is_noted_has_a_sentence(sitting: Sitting) -> None:
    statement = {"given_at": "2026-11-25T09:00:00Z", "sha256": "a" * 64}
    payload = {"seat": "s1", "point": "online", "to": "caucus", "text": "话", "reason": "", "by": "x", **statement}
    for kind in record_notes.NOTES:
        before = len(sitting.room.record.lines)
        record_keeping.note(sitting.room, [Happened(kind, payload)], NOW)
        assert len(sitting.room.record.lines) == before + 1, kind
        assert "{" not in sitting.room.record.lines[-1].text
        sitting.room.record.closed_at = None
    assert set(STAGE_NAMES) == set(SessionStage)
    # what was agreed about private talks is nobody else's affair
    assert set(record_notes.CONSENTS) == {str(point) for point in Consent if point is not Consent.CAUCUS}


LINES, REVISIONS, PARTIES = st.integers(1, 4), st.integers(1, 2), st.sampled_from([LI, ZHANG])
STEPS = st.one_of(
    st.tuples(
        st.builds(c.WriteLine, st.just("k"), st.sampled_from(["甲", "乙"]), st.sampled_from(["", "s1"]), st.booleans()), st.just(WANG)
    ),
    st.tuples(st.builds(c.ChangeLine, st.just("k"), LINES, REVISIONS, st.sampled_from(["丙", "丁"])), st.just(WANG)),
    st.tuples(st.builds(c.StrikeLine, st.just("k"), LINES, st.booleans()), st.just(WANG)),
    st.tuples(st.builds(c.ConfirmLines, st.just("k"), st.dictionaries(LINES.map(str), REVISIONS, min_size=1, max_size=2)), PARTIES),
    st.tuples(st.builds(c.ObjectToLine, st.just("k"), LINES, REVISIONS, st.just("不对")), PARTIES),
    st.tuples(st.builds(c.Say, st.just("k"), st.just("说")), PARTIES),
    st.tuples(st.builds(c.CloseRecord, st.just("k"), st.sampled_from(["", "拒绝"])), st.sampled_from([WANG, LI])),
)


@given(st.lists(STEPS, min_size=5, max_size=25))
def test_any_order_of_steps(steps: list[tuple[Any, Actor]]) -> None:
    """A refused step changes nothing; whatever counts as confirmed is the wording that the party confirmed; a closed record stands still."""
    sitting, read = Sitting(), dict[tuple[str, int], str]()
    for command, actor in steps:
        before, closed = copy.deepcopy(sitting.room), sitting.room.record.sha256
        try:
            sitting.do(command, actor)
        except Refusal:
            assert sitting.room == before
            continue
        if isinstance(command, c.ConfirmLines):
            read |= {(actor.id, int(key)): sitting.room.record.line(int(key)).text for key in command.lines}
        if closed:
            assert sitting.room.record == before.record
    plain = record_keeping.plain(sitting.room)
    texts = {line["n"]: line["text"] for line in plain["lines"]}
    for seat, lines in plain["confirmed"].items():
        assert all(read[seat, line] == texts[line] for line in lines)
        assert not {str(line) for line in lines} & plain["objections"][seat].keys()
    assert strict_json(record_keeping.canonical(sitting.room)) == plain


def test_it_survives_being_stored(sitting: Sitting) -> None:
    sitting.do(c.ObjectToLine("k", 1, 1, "不对"), LI)
    sitting.do(c.EndSession("k", "散了"))
    stored = msgspec.json.decode(msgspec.json.encode(sitting.room), type=Room)
    assert stored == sitting.room and record_keeping.canonical(stored) == record_keeping.canonical(sitting.room)


@pytest.mark.parametrize(
    ("kind", "ms", "words"), [("video", 125_400, "录像陈述（非同步陈述，时长2分5秒"), ("voice", 9_000, "录音陈述（非同步陈述，时长9秒")]
)
def test_a_recorded_statement_stands_in_it_with_how_long_it_is_and_both_hashes(sitting: Sitting, kind: str, ms: int, words: str) -> None:
    told = {"seat": "s1", "given_at": "2026-11-25T09:00:00Z", "sha256": "a" * 64, "kind": kind}
    told["recording"] = {"sha256": "b" * 64, "size": 5, "ms": ms, "type": f"{kind}/webm"}
    for happened in ("statement.presented", "statement.heard"):
        record_keeping.note(sitting.room, [Happened(happened, told)], sitting.now)
    shown, heard = sitting.texts()[-2:]
    assert words in shown and f"文件SHA-256：{'b' * 64}" in shown and f"文字要点SHA-256：{'a' * 64}" in shown
    assert "播放了" in heard and "播放、宣读完毕" in heard
