"""Statements from afar: agreed to by all, given by whoever was verified, shown, heard; a refusal leaves a case as it was, and what was seen stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import party_correction, stating
from cases.actor import Actor
from cases.case import Case, standings
from cases.commands import statements as c
from cases.commands.casework import CorrectParty
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal, TooMuch
from cases.permissions import may
from cases.statement import Given, Recording, StatementKind
from cases.stating import ACTIONS, TEXT_LIMIT, VERIFIED_FOR, VERSIONS_LIMIT
from cases.vocabulary import CaseStage, Role, Standing
from evidence.profiles import FAILURE, FULL, PARTY, SUCCESS, takes
from tests.cases.test_scheduling import CENTRE, NOW, REPORTER, SEAT, WANG, case

LINKED = Actor("party", "p2", case_id="k")
HASH = "a" * 64
FIRST, SECOND = "hash of the first code", "hash of another code"
PARTIES = {"reporter": "p1", "party": "p2", "seat": "p2"}


def held_of(one: Case, actor: Actor) -> tuple[Standing, ...]:
    return (Standing.PARTY,) if actor.kind == "seat" else standings(one, actor)


def do(one: Case, command: Any, actor: Actor = LINKED, now: Any = NOW, code: tuple[str, str] = ("n", FIRST)) -> list[Any]:
    return stating.handle(one, command, actor, held_of(one, actor), PARTIES.get(actor.kind, ""), now, code)


def give(one: Case, actor: Actor = LINKED, now: Any = NOW, late: bool = False, shared: bool = False) -> list[Any]:
    made = Given(0, StatementKind.TEXT, "f", HASH, 9, now, now, shared)
    return stating.give(one, held_of(one, actor), PARTIES.get(actor.kind, ""), made, late, now)


def refused(one: Case, act: Any) -> Refusal:
    before = msgspec.json.encode(one)
    with pytest.raises(Refusal) as found:
        act()
    assert msgspec.json.encode(one) == before
    return found.value


def agreed() -> Case:
    one = case(CaseStage.ACCEPTED)
    do(one, c.AskStatement("k", "在外地打工，请不到假"))
    do(one, c.AgreeStatements("k", True), REPORTER)
    return one


def verified(one: Case | None = None, now: Any = NOW) -> Case:
    one = one or agreed()
    do(one, c.AskIdentity("k", "p2"), WANG, now)
    do(one, c.AnswerIdentity("k", "123456"), LINKED, now)
    return one


def test_from_the_request_to_what_was_heard() -> None:
    one = case(CaseStage.ACCEPTED)
    (asked,) = do(one, c.AskStatement("k", "在外地打工，请不到假"))
    assert asked.payload == {"party": "p2", "why": "在外地打工，请不到假", "agreed": True} and not stating.possible(one)
    assert do(one, c.AskStatement("k", "在外地打工，请不到假")) == [], "a second tap"
    assert refused(one, lambda: do(one, c.AskIdentity("k", "p2"), WANG)).code == "statements_unagreed"
    do(one, c.AgreeStatements("k", True), REPORTER)
    assert refused(one, lambda: give(one)).code == "identity_first"
    verified(one)
    assert stating.excused(one) == []
    (told,) = give(one)
    assert told.payload == {"party": "p2", "number": 1, "kind": "text", "sha256": HASH, "size": 9, "shared": False}
    assert stating.excused(one) == ["p2"]
    assert refused(one, lambda: stating.hear(one, "p2", "s2", NOW)).code == "not_presented"
    (shown,) = stating.present(one, "p2", "s2", NOW)
    assert (shown.kind, shown.payload["sha256"], shown.payload["seat"]) == ("statement.presented", HASH, "s2")
    assert stating.present(one, "p2", "s2", NOW) == [], "shown once more"
    (heard,) = stating.hear(one, "p2", "s2", NOW)
    assert heard.kind == "statement.heard" and stating.hear(one, "p2", "s2", NOW) == []


def test_the_mediator_proposes_it_and_takes_it_back() -> None:
    one = case(CaseStage.ACCEPTED)
    (proposed,) = do(one, c.ProposeStatement("k", "p2"), WANG)
    assert proposed.payload["proposed_by"] == "王调解员" and one.afar is not None and one.afar.agreed == {}, "nobody has agreed by that"
    do(one, c.DropStatement("k", "p2"), WANG)
    assert one.afar.statements == {}
    assert refused(one, lambda: do(one, c.AgreeStatements("k", True))).code == "not_asked"
    assert refused(one, lambda: do(one, c.AskIdentity("k", "p2"), WANG)).code == "statement_unasked"
    verified(one := agreed())
    give(one)
    assert refused(one, lambda: do(one, c.DropStatement("k", "p2"), WANG)).code == "statement_given"


def test_one_no_is_enough_and_can_become_a_yes_until_something_was_shown() -> None:
    one = agreed()
    do(one, c.AgreeStatements("k", False), REPORTER)
    assert stating.refused(one) and refused(one, lambda: do(one, c.AskIdentity("k", "p2"), WANG)).code == "statements_refused"
    do(one, c.AgreeStatements("k", True), REPORTER)
    give(verified(one), shared=True)
    do(one, c.AgreeStatements("k", False), REPORTER)
    assert stating.excused(one) == [] and refused(one, lambda: stating.present(one, "p2", "s2", NOW)).code == "statements_refused"
    do(one, c.AgreeStatements("k", True), REPORTER)
    stating.present(one, "p2", "s2", NOW)
    assert refused(one, lambda: do(one, c.AgreeStatements("k", False), REPORTER)).code == "statement_shown"
    one.parties.append(msgspec.structs.replace(one.parties[1], id="p3", name="周某"))
    assert not stating.possible(one), "whoever comes to it later is asked too"
    stating.handle(one, c.AgreeStatements("k", True), Actor("party", "p3", case_id="k"), (Standing.LINKED,), "p3", NOW)
    assert stating.possible(one)


def test_who_can_come_after_all_says_so_while_no_statement_is_there() -> None:
    one = agreed()
    (told,) = do(one, c.ComeAfterAll("k"))
    assert told.payload == {"party": "p2", "by": "party:p2"} and one.afar is not None and one.afar.statements == {}
    assert refused(one, lambda: do(one, c.ComeAfterAll("k"))).code == "statement_unasked"
    one = agreed()
    give(verified(one))
    assert refused(one, lambda: do(one, c.ComeAfterAll("k"))).code == "statement_given"
    assert refused(one, lambda: do(one, c.DropStatement("k", "p2"), WANG)).code == "statement_given"
    do(one, c.WithdrawStatement("k"))
    do(one, c.DropStatement("k", "p2"), WANG)
    do(one, c.AskStatement("k", "又去不了了"))
    assert give(verified(one))[0].payload["number"] == 2, "the one that is gone had the first"


def test_who_has_no_telephone_in_the_file_is_not_called() -> None:
    one = agreed()
    one.parties[1].phone = ""
    assert refused(one, lambda: do(one, c.AskIdentity("k", "p2"), WANG)).code == "phone_needed"


def test_a_code_is_read_out_entered_once_and_holds_for_half_an_hour_and_one_statement() -> None:
    one = agreed()
    do(one, c.AskIdentity("k", "p2"), WANG)
    assert isinstance(refused(one, lambda: do(one, c.AskIdentity("k", "p2"), WANG)), TooMuch)
    (wrong,) = do(one, c.AnswerIdentity("k", "1"), code=("", SECOND))
    assert wrong.kind == "statement.code_wrong"
    for _ in range(4):
        do(one, c.AnswerIdentity("k", "1"), code=("", SECOND))
    assert refused(one, lambda: do(one, c.AnswerIdentity("k", "1"))).code == "code_over", "five wrong ones"
    later = NOW + timedelta(minutes=2)
    do(one, c.AskIdentity("k", "p2"), WANG, later)
    assert refused(one, lambda: do(one, c.AnswerIdentity("k", "1"), now=later + timedelta(minutes=5))).code == "code_over"
    do(one, c.AnswerIdentity("k", "1"), now=later)
    assert refused(one, lambda: give(one, now=later + VERIFIED_FOR)).code == "identity_first"
    give(one, now=later + VERIFIED_FOR - timedelta(seconds=1))
    assert refused(one, lambda: give(one, now=later)).code == "identity_first", "a second tab"


def test_another_device_is_verified_anew() -> None:
    one = verified()
    stating.unverify(one, "p2")
    stating.unverify(one, "nobody")
    assert refused(one, lambda: give(one)).code == "identity_first"


def test_another_version_takes_the_place_of_the_first_until_somebody_has_seen_it() -> None:
    one = verified()
    give(one)
    later = NOW + timedelta(hours=1)
    give(verified(one, later), now=later)
    assert one.afar is not None and one.afar.statements["p2"].given is not None
    mine = one.afar.statements["p2"]
    assert (mine.given.number, [old.number for old in mine.earlier]) == (2, [1])  # type: ignore[union-attr]
    do(one, c.WithdrawStatement("k"))
    assert mine.given is None and stating.excused(one) == []
    assert refused(one, lambda: do(one, c.WithdrawStatement("k"))).code == "no_statement"
    much = NOW + timedelta(days=2)
    give(verified(one, much), now=much, shared=True)
    do(one, c.ReleaseStatement("k", "p2"), WANG)
    assert do(one, c.ReleaseStatement("k", "p2"), WANG) == []
    for act in (lambda: do(one, c.WithdrawStatement("k")), lambda: do(one, c.AskIdentity("k", "p2"), WANG), lambda: give(one)):
        assert refused(one, act).code == "statement_shown"


def test_it_is_not_shown_before_the_session_against_the_partys_wish() -> None:
    one = verified()
    give(one)
    assert refused(one, lambda: do(one, c.ReleaseStatement("k", "p2"), WANG)).code == "not_shared"


def test_only_so_many() -> None:
    one = agreed()
    for n in range(VERSIONS_LIMIT):
        at = NOW + timedelta(days=2 * n)
        give(verified(one, at), now=at)
    assert refused(one, lambda: give(one)).code == "statements_many"


def test_not_once_the_session_is_past_its_statements() -> None:
    one = verified()
    assert refused(one, lambda: give(one, late=True)).code == "statements_over"


def test_whoever_is_corrected_was_not_verified() -> None:
    one = verified()
    give(one)
    held = party_correction.handle(one, CorrectParty("k", "p2", "读错了", phone="13900001111"), WANG, NOW)
    assert [event.kind for event in held] == ["case.party_corrected"] and stating.excused(one) == ["p2"]
    events = party_correction.handle(one, CorrectParty("k", "p2", "写错了", name="赵明"), WANG, NOW)
    assert [event.kind for event in events] == ["case.party_corrected", "statement.set_aside"] and stating.excused(one) == []
    at = NOW + timedelta(hours=1)
    give(verified(one, at), now=at)
    stating.present(one, "p2", "s2", NOW)
    again = party_correction.handle(one, CorrectParty("k", "p2", "又写错了", name="赵某明"), WANG, NOW)
    assert [event.kind for event in again] == ["case.party_corrected"], "what the others have seen stands"


@pytest.mark.parametrize(
    "actor", [CENTRE, Actor("account", "chen", role=Role.MEDIATOR, region="139901"), Actor("party", "p2", case_id="other")]
)
def test_strangers_do_nothing(actor: Actor) -> None:
    one = verified()
    for command in (
        c.AskStatement("k", "我也要"), c.ProposeStatement("k", "p1"), c.DropStatement("k", "p2"), c.AgreeStatements("k", False),
        c.AskIdentity("k", "p2"), c.AnswerIdentity("k", "1"), c.WithdrawStatement("k"), c.ReleaseStatement("k", "p2"),
    ):  # fmt: skip
        assert isinstance(refused(one, lambda command=command: do(one, command, actor)), NotAllowed)


@pytest.mark.parametrize("stage", [CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED, CaseStage.WITHDRAWN])
def test_not_of_a_case_that_is_over(stage: CaseStage) -> None:
    one = verified()
    one.stage = stage
    assert isinstance(refused(one, lambda: give(one)), OutOfTurn)


def test_what_a_text_may_be() -> None:
    assert stating.parse_statement("  墙是2024年\r\n砌的。<b>不是</b>我 ") == "墙是2024年\n砌的。<b>不是</b>我", "kept as it was written"
    assert stating.parse_statement("墙\u202e是\u2066我\x00的") == "墙是我的", "nothing that turns the line around"
    for empty in ("", "  \n ", "\u200b\u200f"):
        with pytest.raises(Invalid, match="needed"):
            stating.parse_statement(empty)
    stating.parse_statement("墙" * TEXT_LIMIT)
    with pytest.raises(Invalid) as long:
        stating.parse_statement("墙" * 10_000)
    assert (long.value.code, long.value.detail["limit"]) == ("too_long", TEXT_LIMIT)


def test_no_court_reads_of_it_after_a_failure() -> None:
    for kind in ("asked", "agreed", "given", "presented", "heard", "withdrawn"):
        told = {"party": "p2", "sha256": HASH}
        assert not any(takes(profile, f"statement.{kind}", told, {"s2"}) for profile in (FAILURE, SUCCESS, PARTY))
        assert takes(FULL, f"statement.{kind}", told)


ACTORS = [WANG, CENTRE, REPORTER, LINKED, SEAT, Actor("party", "p1", case_id="k"), Actor("party", "p2", case_id="other")]
STEPS = st.one_of(
    st.sampled_from([
        c.AskStatement("k", "来不了"), c.ProposeStatement("k", "p2"), c.ProposeStatement("k", "p1"), c.DropStatement("k", "p2"),
        c.AgreeStatements("k", True), c.AgreeStatements("k", False), c.AskIdentity("k", "p2"), c.AskIdentity("k", "p1"),
        c.AnswerIdentity("k", "1"), c.WithdrawStatement("k"), c.ReleaseStatement("k", "p2"),
    ]),
    st.sampled_from(["give", "share", "late", "present", "hear", "correct", "move on"]),
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(ACTORS), STEPS, st.sampled_from([FIRST, SECOND])), max_size=40))
def test_random_walks(steps: list[tuple[Actor, Any, str]]) -> None:
    """Nothing is given unverified or unagreed, and what somebody else has seen never changes."""
    one, now = case(CaseStage.MEDIATING), NOW
    seen: dict[str, bytes] = {}
    for actor, step, hashed in steps:
        now += timedelta(minutes=3)
        before, held = msgspec.json.encode(one), held_of(one, actor)
        party = "p1" if actor == ACTORS[5] else PARTIES.get(actor.kind, "")
        was_possible = stating.possible(one)
        try:
            if step in ("give", "share", "late"):
                made = Given(0, StatementKind.TEXT, "f", HASH, 9, now, now, step == "share")
                (event,) = stating.give(one, held, party, made, step == "late", now)
                assert (was_possible and step != "late" and standings(one, actor) != ()) or actor is SEAT
                state = one.afar.statements[event.payload["party"]]  # type: ignore[union-attr]
                assert state.given is not None and now - state.given.verified_at < VERIFIED_FOR and state.verified_at is None
            elif step == "present":
                stating.present(one, "p2", "s2", now)
                assert was_possible
            elif step == "hear":
                stating.hear(one, "p2", "s2", now)
            elif step == "correct":
                party_correction.handle(
                    one, CorrectParty("k", "p2", "写错", name=f"赵{'明' * (len(one.parties[1].name) % 3 + 1)}"), WANG, now
                )
            elif step == "move on":
                now += timedelta(minutes=40)
            else:
                stating.handle(one, step, actor, held, party, now, ("n", hashed))
                assert may(held, ACTIONS[type(step)], one.stage)
        except Refusal:
            assert msgspec.json.encode(one) == before, "a refusal changed the case"
        for name, state in (one.afar.statements if one.afar is not None else {}).items():
            if state.presented_at is not None or state.released_at is not None:
                assert state.given is not None
                assert seen.setdefault(name, msgspec.json.encode(state.given)) == msgspec.json.encode(state.given)
            assert state.heard_at is None or state.presented_at is not None
        assert set(seen) <= set(one.afar.statements if one.afar is not None else {})


def test_a_recording_beside_the_text_is_told_wherever_the_text_is() -> None:
    one, clip = verified(), Recording("r", "b" * 64, 77, 65_000, "video/webm")
    made = Given(0, StatementKind.TEXT, "f", HASH, 9, NOW, NOW, True, clip)
    (told,) = stating.give(one, held_of(one, LINKED), "p2", made, False, NOW)
    recording = {"sha256": "b" * 64, "size": 77, "ms": 65_000, "type": "video/webm"}
    assert (told.payload["kind"], told.payload["sha256"], told.payload["recording"]) == ("video", HASH, recording)
    assert one.afar is not None and one.afar.statements["p2"].given.files == ["f", "r"]  # type: ignore[union-attr]
    (withdrawn,) = do(one, c.WithdrawStatement("k"))
    assert withdrawn.payload["recording"] == recording
    voice = msgspec.structs.replace(made, recording=msgspec.structs.replace(clip, type="audio/mp4"))
    (told,) = stating.give(verified(one), held_of(one, LINKED), "p2", voice, False, NOW)
    assert told.payload["kind"] == "voice"
    (released,) = do(one, c.ReleaseStatement("k", "p2"), WANG)
    (presented,) = stating.present(one, "p2", "s2", NOW)
    (heard,) = stating.hear(one, "p2", "s2", NOW)
    assert all(entry.payload["recording"]["type"] == "audio/mp4" for entry in (released, presented, heard))
    give(verified(two := agreed()))
    assert msgspec.to_builtins(two)["afar"]["statements"]["p2"]["given"].keys().isdisjoint({"recording"}), "as before, without one"
