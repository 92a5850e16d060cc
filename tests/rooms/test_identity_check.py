"""Identity proved to a provider: nothing but a passed try of the present device verifies anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.acting import Acting, Authority, Capacity
from cases.errors import Invalid, OutOfTurn, Refusal, TooMuch
from cases.ports import IdentityOutcome
from cases.vocabulary import SeatRole, SeatState
from rooms import identity_check as rules
from rooms.attendance import take_over
from rooms.room import Room, Seat


def begun(seat: Seat, token: str, now: datetime, number: str = "") -> list:
    return rules.begin(seat, token, rules.count(seat, now), "实人平台", now, number)


NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
OUTCOMES = [IdentityOutcome("open"), IdentityOutcome("failed", "mismatch"), IdentityOutcome("passed", reference="r1")]


def room() -> tuple[Room, Seat]:
    seat = Seat("s1", SeatRole.PARTY, "李某", SeatState.LOBBY, party="p1")
    return Room("case-r1", "case", NOW, seats={"s1": seat}), seat


def test_passed_verifies_and_is_entered_with_the_providers_own_reference() -> None:
    there, seat = room()
    assert [e.kind for e in begun(seat, "token-one", NOW)] == ["identity.begun"]
    assert rules.settle(there, seat, "token-one", OUTCOMES[0], "实人平台", NOW) == [] and not seat.verified
    told = rules.settle(there, seat, "token-one", OUTCOMES[2], "实人平台", NOW)
    assert told[0].payload == {"seat": "s1", "method": "provider", "provider": "实人平台", "reference": "r1"}
    assert seat.verified
    assert rules.settle(there, seat, "token-one", OUTCOMES[2], "实人平台", NOW) == [], "told twice, entered once"
    with pytest.raises(OutOfTurn, match="already"):
        rules.demand_beginning(seat, True)


def test_who_cannot_be_proved_is_told_why() -> None:
    _, seat = room()
    with pytest.raises(Invalid) as refused:
        rules.demand_beginning(seat, False)
    assert refused.value.code == "no_id_number"
    for other in (
        Seat("e1", SeatRole.EXPERT, "刘律师"),
        Seat("s2", SeatRole.PARTY, "孙某", party="p2", acts=Acting("孙某", "赵某", Capacity.AGENT, Authority.GENERAL)),
    ):
        with pytest.raises(Invalid) as refused:
            rules.demand_beginning(other, True)
        assert refused.value.code == "not_provable"


def test_a_try_ends_and_so_do_tries() -> None:
    there, seat = room()
    begun(seat, "token-one", NOW)
    late = NOW + rules.LIVES
    with pytest.raises(OutOfTurn):
        rules.settle(there, seat, "token-one", OUTCOMES[2], "实人平台", late)
    for n in range(rules.TRIES - 1):
        rules.demand_beginning(seat, True)
        begun(seat, f"token-{n}", late)
    with pytest.raises(TooMuch):
        rules.demand_beginning(seat, True)
    assert not seat.verified


def test_a_seat_that_changed_hands_while_the_provider_was_asked_gets_no_check() -> None:
    there, seat = room()
    device = rules.count(seat, NOW)
    take_over(there, "s1", NOW)
    with pytest.raises(OutOfTurn):
        rules.begin(seat, "token-one", device, "实人平台", NOW, "11010519491231002X")


def test_a_number_that_was_not_proved_is_forgotten() -> None:
    there, seat = room()
    begun(seat, "token-one", NOW, "11010519491231002X")
    assert seat.identity is not None and seat.identity.id_number
    take_over(there, "s1", NOW)
    assert seat.identity.id_number == ""


@given(st.lists(st.tuples(st.sampled_from(["begin", "settle", "stale", "device", "wait"]), st.sampled_from(OUTCOMES)), max_size=30))
def test_only_a_passed_try_of_the_present_device_verifies(steps: list[tuple[str, IdentityOutcome]]) -> None:
    there, seat = room()
    now, tokens, fresh = NOW, ["token-none"], ""
    began = NOW
    for n, (step, outcome) in enumerate(steps):
        before = seat.verified
        may = False
        try:
            if step == "begin":
                rules.demand_beginning(seat, True)
                fresh, began = f"token-{n}", now
                begun(seat, fresh, now)
                tokens.append(fresh)
            elif step == "settle":
                may = bool(fresh) and outcome.state == "passed" and now < began + rules.LIVES
                rules.settle(there, seat, fresh or "token-none", outcome, "实人平台", now)
                if outcome.state == "failed" and not before:
                    fresh = ""
            elif step == "stale":
                rules.settle(there, seat, tokens[0], outcome, "实人平台", now)
            elif step == "device":
                take_over(there, "s1", now)
                fresh = ""
            else:
                now += timedelta(minutes=6)
        except Refusal:
            assert seat.verified == before
        if seat.verified and not before:
            assert may, "verified by something else"
