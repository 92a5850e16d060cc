"""Property tests of a session: random casts, random commands; caucus privacy holds in every state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.agreement import Agreement
from agreements.ceremony import Ceremony, Stage
from cases.actor import Actor
from cases.case import Case, Mediator
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal
from cases.vocabulary import CaseStage, Consent, DisputeKind, Role, SeatRole, SeatState, SessionStage
from realtime.audience import fragments, view_of
from rooms import commands as c
from rooms.handling import acknowledge_routes, handle, invite, open_room
from rooms.room import ORDER, Facts, Room, missing_for, muted, recorded, routes
from rooms.settling import settle_recording
from storage.dossier import Dossier

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
WANG = Actor(kind="account", id="wang", name="王调解员", role=Role.MEDIATOR, org="committee", region="139901")


def seat_actor(room: Room, seat: str) -> Actor:
    return Actor(kind="seat", id=seat, case_id=room.case_id, session_id=room.id)


def do(room: Room, who: str, command: object, now: datetime = NOW, facts: Facts | None = None) -> list:
    actor = WANG if who == "m" else seat_actor(room, who)
    return handle(room, command, actor, now, facts or Facts(), "case-c1")


def room_with(parties: int = 2, experts: int = 0) -> Room:
    room, _ = open_room("case-r1", "case", WANG, NOW)
    for n in range(parties):
        seat, _ = invite(room, c.Invite("case", SeatRole.PARTY, party=f"p{n + 1}"), f"当事人{n + 1}")
        do(room, seat.id, c.GiveConsent("case", Consent.ONLINE, True))
        do(room, seat.id, c.GiveConsent("case", Consent.RECORDING, True))
        do(room, seat.id, c.GiveConsent("case", Consent.EXPERT, True))
        do(room, seat.id, c.Knock("case"))
        do(room, "m", c.Admit("case", seat.id))
        do(room, "m", c.VerifyIdentity("case", seat.id))
    for n in range(experts):
        seat, _ = invite(room, c.Invite("case", SeatRole.EXPERT, name=f"专家{n}"), "")
        do(room, seat.id, c.Knock("case"))
        do(room, "m", c.Admit("case", seat.id))
    return room


def room_with_a_private_talk() -> Room:
    """The mediator with s1; s2 waits outside."""
    room = room_with(2)
    do(room, "m", c.MoveStage("case", SessionStage.NOTICE))
    for seat in ("s1", "s2"):
        do(room, seat, c.ConfirmNotice("case"))
    do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS))
    do(room, "m", c.OpenCaucus("case", ["s1"]))
    return room


def dossier(room: Room) -> Dossier:
    case = Case(
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
        mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
        session_id=room.id,
    )
    return Dossier(case, room)


def test_a_party_is_told_whom_it_is_asked_about() -> None:
    room = room_with(2)
    invite(room, c.Invite("case", SeatRole.EXPERT, name="刘律师", speciality="相邻关系"), "")
    shown = fragments(dossier(room))
    assert shown["room/case-r1|s1"]["own"]["experts"] == {"e1": {"name": "刘律师", "speciality": "相邻关系"}}
    assert "e1" not in shown["room/case-r1|s1"]["seats"]
    assert "experts" not in shown["room/case-r1|e1"]["own"]


def test_who_holds_up_the_signature_is_told_to_everybody_who_signs() -> None:
    room = room_with(2)
    do(room, "s1", c.GiveConsent("case", Consent.SIGNATURE, True))
    file = dossier(room)
    for stage, told in ((Stage.SEALING, ["s2"]), (Stage.DRAFTING, None), (Stage.EFFECTIVE, None)):
        file.agreement = Agreement("document", ceremony=Ceremony((), stage=stage))
        for seat in ("m", "s1", "s2"):
            assert fragments(file)[f"room/case-r1|{seat}"]["agreement"].get("without_consent") == told


def test_stages_that_were_skipped_are_not_among_the_visited() -> None:
    room = room_with_a_private_talk()
    do(room, "m", c.CloseCaucus("case"))
    shown = fragments(dossier(room))["room/case-r1|s2"]
    assert shown["stage"] == "caucus"
    assert shown["visited"] == ["identity", "notice", "statements", "caucus"]


def test_an_early_private_talk_is_no_dead_end() -> None:
    """Nobody had spoken: the way on is barred, the way back to the statements is open as soon as the talk is over."""
    room = room_with_a_private_talk()
    with pytest.raises(OutOfTurn) as refused:
        do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS))
    assert refused.value.detail["missing"] == [["caucus_open", ""]]
    do(room, "m", c.CloseCaucus("case"))
    with pytest.raises(OutOfTurn) as barred:
        do(room, "m", c.MoveStage("case", SessionStage.OPTIONS))
    assert ["not_spoken", "s1"] in barred.value.detail["missing"]
    do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS))
    for seat in ("s1", "s2"):
        do(room, "m", c.GiveFloor("case", seat))
        do(room, seat, c.SpeakDone("case"))
    do(room, "m", c.MoveStage("case", SessionStage.OPTIONS))
    assert room.stage is SessionStage.OPTIONS


def test_the_end_needs_a_reason_unless_an_agreement_is_in_force() -> None:
    room = room_with(2)
    with pytest.raises(Invalid) as refused:
        do(room, "m", c.EndSession("case"), facts=Facts(agreement="sealing"))
    assert refused.value.code == "missing"
    do(room, "m", c.EndSession("case"), facts=Facts(agreement="effective"))
    assert room.ended_at == NOW
    assert fragments(dossier(room))["room/case-r1|s1"]["ended"] == ""


def test_recording_runs_only_while_every_party_consents() -> None:
    room = room_with(2)
    assert room.recording
    assert recorded(room) == ["m", "s1", "s2"]
    events = do(room, "s1", c.GiveConsent("case", Consent.RECORDING, False))
    assert [e.kind for e in events] == ["consent.withdrawn", "recording.stopped"]
    assert recorded(room) == []
    shown = fragments(dossier(room))["room/case-r1|s2"]
    assert (shown["recorded"], shown["pause"]) == (True, "withdrawn"), "a part of it was recorded"
    assert events[1].payload == {"reason": "withdrawn"}
    assert [e.kind for e in do(room, "s1", c.GiveConsent("case", Consent.RECORDING, False))] == ["consent.refused"], (
        "twice is no withdrawal"
    )
    do(room, "s1", c.GiveConsent("case", Consent.RECORDING, True))
    do(room, "m", c.EndSession("case", "谈不拢"))
    assert room.pause_reason == "ended"
    assert missing_for(room, SessionStage.NOTICE, Facts()) == []


def test_a_recording_that_ends_with_the_session_is_not_blamed_on_anybody() -> None:
    room = room_with(2)
    events = do(room, "m", c.EndSession("case", "谈不拢"))
    assert [e.payload for e in events if e.kind == "recording.stopped"] == [{"reason": "ended"}]


def test_a_pause_needs_a_reason_that_everybody_reads() -> None:
    room = room_with(2)
    later = NOW + timedelta(seconds=95)
    for lacking in (
        c.SetRecording("case", False),
        c.SetRecording("case", False, "other", " "),
        c.SetRecording("case", False, "rest", "久" * 41),
    ):
        with pytest.raises(Invalid):
            do(room, "m", lacking)
    with pytest.raises(NotAllowed):
        do(room, "s1", c.SetRecording("case", False, "rest"))
    assert room.recording
    events = do(room, "m", c.SetRecording("case", False, "privacy", "谈病情"))
    assert [(e.kind, e.payload) for e in events] == [("recording.stopped", {"reason": "privacy", "text": "谈病情"})]
    for seat in ("m", "s1", "s2"):
        shown = fragments(dossier(room))[f"room/case-r1|{seat}"]
        assert (shown["recording"], shown["pause"], shown["pause_words"], shown["paused_since"]) == (
            False,
            "privacy",
            "谈病情",
            "2026-03-18T06:30:00.000000Z",
        )
    assert do(room, "m", c.SetRecording("case", False, "rest")) == [] and room.pause_reason == "privacy", "it is paused already"
    events = do(room, "m", c.SetRecording("case", True), later)
    told = {"reason": "", "since": "2026-03-18T06:30:00.000000Z", "seconds": 95, "after": "privacy"}
    assert [(e.kind, e.payload) for e in events] == [("recording.started", told)]
    shown = fragments(dossier(room))["room/case-r1|s1"]
    assert shown["recording"] and not shown.keys() & {"pause", "pause_words", "paused_since"}
    do(room, "s1", c.GiveConsent("case", Consent.RECORDING, False))
    with pytest.raises(OutOfTurn, match="Nothing is being recorded"):
        do(room, "m", c.SetRecording("case", False, "rest"))
    assert room.pause_reason == "withdrawn", "nobody else's reason is put over it"


def test_whoever_waits_outside_does_not_learn_of_a_pause_inside() -> None:
    room = room_with_a_private_talk()
    outside = fragments(dossier(room))["room/case-r1|s2"]
    do(room, "m", c.SetRecording("case", False, "privacy", "谈病情"), NOW + timedelta(seconds=5))
    shown = fragments(dossier(room))
    assert shown["room/case-r1|s1"]["pause"] == "privacy" and room.pause_words == "", "words of a private talk stay there"
    assert {key: shown["room/case-r1|s2"].get(key) for key in ("pause", "pause_words", "paused_since")} == {
        "pause": outside["pause"],
        "pause_words": None,
        "paused_since": None,
    }


def test_whoever_was_let_in_and_has_not_answered_has_refused_nothing() -> None:
    room = room_with(2)
    del room.seats["s2"].consents[Consent.RECORDING]
    assert settle_recording(room, NOW) == "stopped" and room.pause_reason == "unanswered"


def test_the_gates_name_what_is_missing() -> None:
    room = room_with(2)
    with pytest.raises(OutOfTurn) as closed:
        do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS))
    assert ["notice_unconfirmed", "s1"] in closed.value.detail["missing"]
    do(room, "m", c.MoveStage("case", SessionStage.NOTICE))
    for seat in ("s1", "s2"):
        assert len(do(room, seat, c.ConfirmNotice("case"))) == 1
        assert do(room, seat, c.ConfirmNotice("case")) == [], "a second tap is no second confirmation"
    do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS))
    with pytest.raises(OutOfTurn, match="turn"):
        do(room, "s1", c.SpeakDone("case"))
    do(room, "m", c.GiveFloor("case", "s1"))
    assert muted(room, room.seats["s2"]) == ["audio", "screen"]
    assert "audio" not in muted(room, room.seats["s1"])
    do(room, "s1", c.SpeakDone("case"))
    with pytest.raises(OutOfTurn) as closed:
        do(room, "m", c.MoveStage("case", SessionStage.EVIDENCE))
    assert closed.value.detail["missing"] == [["not_spoken", "s2"]]


def test_on_paper_nobody_consents_to_an_electronic_signature_and_the_signers_may_have_gone_home() -> None:
    room = room_with(2)
    signing = missing_for(room, SessionStage.SIGNING, Facts(agreement="confirmed", on_paper=True))
    assert "no_signature_consent" not in {code for code, _ in signing}
    assert "no_signature_consent" in {code for code, _ in missing_for(room, SessionStage.SIGNING, Facts(agreement="confirmed"))}
    for seat in room.parties():
        seat.state = SeatState.LEFT
    archive = {code for code, _ in missing_for(room, SessionStage.ARCHIVE, Facts(agreement="effective", on_paper=True))}
    assert "not_present" not in archive
    assert "not_present" in {code for code, _ in missing_for(room, SessionStage.ARCHIVE, Facts(agreement="effective"))}


def test_a_caucus_opens_only_with_the_routes_acknowledged() -> None:
    room = room_with_a_private_talk()
    assert room.caucus is not None and not room.caucus.open
    assert acknowledge_routes(room, room.epoch - 1, NOW) == []
    assert acknowledge_routes(room, room.epoch, NOW)[0].kind == "caucus.private"
    assert room.caucus.open


commands = st.one_of(
    st.builds(lambda s: ("m", c.OpenCaucus("case", [s])), st.sampled_from(["s1", "s2", "s3"])),
    st.just(("m", c.CloseCaucus("case"))),
    st.builds(lambda w, t: (w, c.Say("case", t)), st.sampled_from(["m", "s1", "s2", "e1"]), st.sampled_from(["好", "底价一千八"])),
    st.builds(lambda w: (w, c.LeaveRoom("case")), st.sampled_from(["s1", "s2", "e1"])),
    st.builds(lambda w: (w, c.Knock("case")), st.sampled_from(["s1", "s2", "e1"])),
    st.builds(lambda w: ("m", c.Admit("case", w)), st.sampled_from(["s1", "s2", "e1"])),
    st.builds(lambda w, on: (w, c.GiveConsent("case", Consent.RECORDING, on)), st.sampled_from(["s1", "s2"]), st.booleans()),
    st.builds(lambda w: ("m", c.RemoveSeat("case", w)), st.sampled_from(["s2", "e1"])),
    st.builds(
        lambda w, k, on: (w, c.SetMedia("case", k, on)),
        st.sampled_from(["m", "s1", "s2"]),
        st.sampled_from(["audio", "camera", "screen"]),
        st.booleans(),
    ),
    st.builds(lambda s: ("m", c.MoveStage("case", s)), st.sampled_from(list(SessionStage))),
)


@given(st.lists(commands, max_size=25))
def test_walls_hold_in_every_state(steps: list) -> None:
    room = room_with(2, experts=1)
    room.stage = SessionStage.OPTIONS
    for who, command in steps:
        before = msgspec.json.encode(room)
        try:
            do(room, who, command)
        except Refusal:
            assert msgspec.json.encode(room) == before, "a refused command must change nothing"
        forwarding = routes(room)
        for listener, sources in forwarding.items():
            assert room.seats[listener].state is SeatState.ADMITTED
            assert listener not in sources
            for source in sources:
                assert source in forwarding, "whoever is heard hears"
        if room.caucus is not None:
            inside = set(room.caucus.seats)
            assert set(forwarding) <= inside
            assert all(set(sources) <= inside for sources in forwarding.values())
            assert recorded(room) == []


@given(st.lists(st.text(alphabet="底价元让步", min_size=1, max_size=20), max_size=8))
def test_a_talkative_caucus_looks_like_a_silent_one_from_outside(lines: list[str]) -> None:
    def outside(said: list[str]) -> dict:
        room = room_with(2, experts=1)
        room.stage = SessionStage.OPTIONS
        do(room, "m", c.OpenCaucus("case", ["s1"]))
        for n, text in enumerate(said):
            do(room, "m" if n % 2 else "s1", c.Say("case", text))
            do(room, "s1", c.SetMedia("case", "camera", bool(n % 2)))
        return {name: doc for name, doc in fragments(dossier(room)).items() if name.endswith(("|s2", "|e1", "|public", "|reporter"))}

    assert outside(lines) == outside([])


@given(st.lists(st.sampled_from(["open", "close", "plenary", "inside"]), max_size=12))
def test_a_line_reaches_the_talk_it_was_written_in_or_none(steps: list[str]) -> None:
    """As after a cut: each is said later than it was written, and what was written in the first private talk names that one."""
    room = room_with(2)
    room.stage = SessionStage.OPTIONS
    number, inside, told = 0, "", 0
    for step in steps:
        if step == "open" and room.caucus is None:
            number += 1
            handle(room, c.OpenCaucus("case", ["s1"]), WANG, NOW, Facts(), f"case-c{number}")
            inside = inside or "case-c1"
        elif step == "close" and room.caucus is not None:
            do(room, "m", c.CloseCaucus("case"))
        elif step in {"plenary", "inside"} and (step == "plenary" or inside):
            talk, now = inside if step == "inside" else "", room.caucus.id if room.caucus else ""
            if talk == now:
                do(room, "m", c.Say("case", step, talk))
                told += step == "plenary"
            else:
                with pytest.raises(OutOfTurn) as refused:
                    do(room, "m", c.Say("case", step, talk))
                assert refused.value.code == "other_talk"
    assert [line.text for line in room.lines] == ["plenary"] * told


def test_who_waits_outside_is_told_to_wait_and_not_that_the_talk_has_a_name() -> None:
    room = room_with(2)
    room.stage = SessionStage.OPTIONS
    do(room, "m", c.OpenCaucus("case", ["s1"]))
    for talk in (None, "", "case-c1"):
        with pytest.raises(OutOfTurn) as refused:
            do(room, "s2", c.Say("case", "我也想说", talk))
        assert refused.value.code == "caucus_waiting"


def test_the_floor_is_not_given_to_who_waits_outside() -> None:
    room = room_with(2)
    room.stage = SessionStage.STATEMENTS
    do(room, "m", c.OpenCaucus("case", ["s1"]))
    do(room, "s2", c.RaiseHand("case", True))
    before = msgspec.json.encode(room)
    with pytest.raises(OutOfTurn) as refused:
        do(room, "m", c.GiveFloor("case", "s2"))
    assert refused.value.code == "outside_caucus"
    assert msgspec.json.encode(room) == before
    do(room, "m", c.GiveFloor("case", "s1"))
    assert room.floor == "s1"
    do(room, "m", c.CloseCaucus("case"))
    do(room, "m", c.GiveFloor("case", "s2"))
    assert room.floor == "s2"


@pytest.mark.parametrize("media", ["audio", "camera"])
def test_the_mediator_switches_off_and_only_the_person_on(media: Any) -> None:
    room = room_with(2)
    with pytest.raises(NotAllowed):
        do(room, "s2", c.MuteSeat("case", "s1", media))
    with pytest.raises(OutOfTurn, match="on already"):
        do(room, "m", c.AskMedia("case", "s1", media))
    do(room, "m", c.MuteSeat("case", "s1", media))
    assert media in muted(room, room.seats["s1"])
    assert [e.kind for e in do(room, "m", c.AskMedia("case", "s1", media))] == ["media.asked"]
    assert do(room, "m", c.AskMedia("case", "s1", media)) == [], "asked once, however often"
    assert media in muted(room, room.seats["s1"]), "asking switches nothing on"
    shown = fragments(dossier(room))
    assert shown[f"room/{room.id}|s1"]["own"]["asked"] == [media]
    assert shown[f"room/{room.id}|m"]["seats"]["s1"]["asked"] == [media]
    assert "asked" not in shown[f"room/{room.id}|s2"]["seats"]["s1"], "that is between the two"
    do(room, "s1", c.AnswerMedia("case", media, False))
    assert media in muted(room, room.seats["s1"]) and room.seats["s1"].declined == [media]
    with pytest.raises(OutOfTurn, match="any more"):
        do(room, "s1", c.AnswerMedia("case", media, True))
    do(room, "m", c.AskMedia("case", "s1", media))
    assert room.seats["s1"].declined == []
    do(room, "s1", c.AnswerMedia("case", media, True))
    assert media not in muted(room, room.seats["s1"])
    assert (room.seats["s1"].asked, room.seats["s1"].declined) == ([], [])


def test_outsiders_cannot_follow_the_caucus_or_the_live_stream() -> None:
    room = room_with(2, experts=1)
    room.stage = SessionStage.OPTIONS
    do(room, "m", c.OpenCaucus("case", ["s1"]))
    file = dossier(room)
    for seat in ("s2", "e1"):
        assert view_of(seat_actor(room, seat), "caucus/case-c1", file) is None
        assert view_of(seat_actor(room, seat), f"live/{room.id}", file) is None
    assert view_of(seat_actor(room, "s1"), "caucus/case-c1", file) == "inside"
    assert view_of(WANG, f"live/{room.id}", file) == "mediator"
    other = Actor(kind="account", id="chen", role=Role.MEDIATOR, org="x", region="139901")
    assert view_of(other, f"room/{room.id}", file) is None


def test_a_party_takes_its_place_by_itself_until_the_text_is_confirmed_and_while_the_door_is_open() -> None:
    made, _ = open_room("k-1", "k", WANG, NOW)
    for stage in SessionStage:
        made.stage = stage
        assert made.awaits("p1") is (ORDER.index(stage) < ORDER.index(SessionStage.CONFIRMATION)), stage
    made.stage, made.locked = SessionStage.NOTICE, True
    assert not made.awaits("p1")


def test_who_has_given_a_statement_from_afar_is_not_waited_for_until_the_text_is_confirmed() -> None:
    room, facts = room_with(1), Facts(afar=("p2",))
    seat, _ = invite(room, c.Invite("case", SeatRole.PARTY, party="p2"), "当事人2")
    assert ("not_present", seat.id) in missing_for(room, SessionStage.NOTICE, Facts())
    do(room, "m", c.MoveStage("case", SessionStage.NOTICE), facts=facts)
    do(room, "s1", c.ConfirmNotice("case"))
    do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS), facts=facts)
    do(room, "m", c.GiveFloor("case", "s1"))
    do(room, "s1", c.SpeakDone("case"))
    assert missing_for(room, SessionStage.EVIDENCE, facts) == [("not_spoken", seat.id)], "until it was read out"
    seat.spoken = True
    do(room, "m", c.MoveStage("case", SessionStage.DRAFTING), facts=facts)
    needed = Facts(afar=("p2",), agreement="frozen")
    assert {code for code, who in missing_for(room, SessionStage.CONFIRMATION, needed) if who == seat.id} == {
        "not_present", "no_online_consent", "notice_unconfirmed",
    }  # fmt: skip
    do(room, seat.id, c.GiveConsent("case", Consent.ONLINE, True))
    do(room, seat.id, c.Knock("case"))
    do(room, "m", c.Admit("case", seat.id))
    assert ("not_verified", seat.id) in missing_for(room, SessionStage.OPTIONS, facts), "who comes is compared, like everybody"
