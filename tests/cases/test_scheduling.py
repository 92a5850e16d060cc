"""Times are proposed, answered, fixed, moved and called off; a refusal leaves a case as it was, and reminders come once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import scheduling
from cases.actor import SYSTEM, Actor
from cases.appointment import LEADS, Ahead, Slot
from cases.calendar import STATUTORY
from cases.case import Case, Mediator, Numbering, Person, standings
from cases.casework import handle as handle_case
from cases.clock import COUNTY_TIME, rfc3339
from cases.commands import scheduling as c
from cases.commands.casework import GiveBack, Withdraw
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal
from cases.notices import Notice, channels_of, holds, notices_of, outlived
from cases.scheduling import LEAST_MINUTES, MOST_MINUTES, TIMES_LIMIT, Caution, cautions, parse_slot, parse_slots
from cases.vocabulary import CaseStage, Channel, DisputeKind, NoticeKind, Role, Standing
from web.notice_texts import SMS_LIMIT, sms, when_of

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)  # ten in the county, a Saturday
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
SEAT = Actor("seat", "s2", case_id="k", session_id="k-1")
REPORTER = Actor("reporter", "k", case_id="k")
NINE = "2026-12-03T09:00"
NINE_UTC = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)


def case(stage: CaseStage = CaseStage.MEDIATING) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
        parties=[Person("p1", "李某", "applicant", "13800001111"), Person("p2", "赵某", "respondent", "13800002222")],
    )  # fmt: skip


def do(one: Case, command: Any, actor: Actor = WANG, now: datetime = NOW) -> list[Any]:
    held = (Standing.PARTY,) if actor.kind == "seat" else standings(one, actor)
    party = {"seat": "p2", "reporter": "p1"}.get(actor.kind, "")
    return scheduling.handle(one, command, actor, held, party, now)


def refused(one: Case, command: Any, actor: Actor = WANG, now: datetime = NOW) -> Refusal:
    before = msgspec.json.encode(one)
    with pytest.raises(Refusal) as found:
        do(one, command, actor, now)
    assert msgspec.json.encode(one) == before
    return found.value


def propose(*starts: str, revision: int = 0, minutes: int = 60) -> c.ProposeTimes:
    return c.ProposeTimes("k", [c.Proposed(start, minutes) for start in starts], revision)


def fixed() -> Case:
    one = case()
    do(one, propose(NINE, "2026-12-04T14:00"))
    do(one, c.FixTime("k", 0, 1))
    return one


def test_from_the_proposal_to_the_fixed_time() -> None:
    one = case()
    (proposed,) = do(one, propose(NINE, "2026-12-04T14:00"))
    assert scheduling.asked_of(one, "p2", NOW) and not scheduling.asked_of(one, "p2", NINE_UTC + timedelta(days=2))
    assert proposed.payload["times"][0] == {"start": rfc3339(NINE_UTC), "minutes": 60}
    do(one, c.AnswerTimes("k", [True, False], 1), SEAT)
    assert do(one, c.AnswerTimes("k", [True, False], 1), SEAT) == [], "said once"
    do(one, c.AnswerTimes("k", [False, False], 1, "下个月才回来"), REPORTER)
    (noted,) = do(one, c.NoteTimes("k", "p1", [True, False], 1, "电话里说第一个可以"))
    assert noted.payload["noted_by"] == "王调解员" and noted.payload["party"] == "p1"
    assert not scheduling.asked_of(one, "p2", NOW)
    (told,) = do(one, c.FixTime("k", 0, 1))
    assert told.payload["unanswered"] == [] and one.appointment is not None and one.appointment.slot == Slot(NINE_UTC, 60)
    assert refused(one, c.AnswerTimes("k", [True, True], 2), SEAT).code == "no_times"
    assert refused(one, propose(NINE, revision=2)).code == "appointment_stands"


def test_a_time_is_fixed_before_all_have_answered_and_the_ledger_says_so() -> None:
    one = case()
    do(one, propose(NINE))
    do(one, c.AnswerTimes("k", [True], 1), SEAT)
    (told,) = do(one, c.FixTime("k", 0, 1))
    assert told.payload["unanswered"] == ["p1"]


def test_it_is_moved_and_called_off_with_a_reason_each_a_revision_more() -> None:
    one = fixed()
    assert refused(one, c.MoveTime("k", "2026-12-05T09:00", 60, " ", 2)).code == "missing"
    assert refused(one, c.MoveTime("k", NINE, 60, "没有变", 2)).code == "time_same"
    (moved,) = do(one, c.MoveTime("k", "2026-12-05T09:00", 90, "调解员要开会", 2, "城关镇司法所"))
    assert moved.payload["was"] == rfc3339(NINE_UTC) and one.appointment is not None and one.appointment.place == "城关镇司法所"
    do(one, c.CallOff("k", "双方要再想想", 3))
    assert (one.appointment.revision, one.appointment.slot, one.appointment.called_off) == (4, None, True)
    assert refused(one, c.CallOff("k", "再来一次", 4)).code == "no_appointment"
    do(one, propose(NINE, revision=4))
    do(one, c.FixTime("k", 0, 5))
    assert one.appointment.slot == Slot(NINE_UTC, 60) and one.appointment.revision == 6


@pytest.mark.parametrize(
    ("start", "minutes", "code"),
    [
        ("2026-02-31T09:00", 60, "time_shape"),
        ("2026-12-03 09:00", 60, "time_shape"),
        ("2026-12-03T09:00:00Z", 60, "time_shape"),
        ("2026-12-03T24:30", 60, "time_shape"),
        ("9999-12-31T23:59", 60, "time_shape"),
        ("２０２６-12-03T09:00", 60, "time_shape"),
        ("2026-11-28T10:00", 60, "time_past"),
        ("2027-01-27T10:01", 60, "time_far"),
        (NINE, LEAST_MINUTES - 1, "time_length"),
        (NINE, MOST_MINUTES + 1, "time_length"),
    ],
)
def test_bad_times(start: str, minutes: int, code: str) -> None:
    refusal = refused(case(), propose("2026-12-10T09:00", start, minutes=minutes))
    assert refusal.code == code and isinstance(refusal, Invalid)
    assert refusal.detail["time"] == (0 if code == "time_length" else 1)


def test_one_to_five_times_that_do_not_overlap() -> None:
    six = [f"2026-12-{day:02}T09:00" for day in range(1, 2 + TIMES_LIMIT)]
    assert refused(case(), propose(*six)).code == refused(case(), propose()).code == "times_count"
    assert refused(case(), propose(NINE, "2026-12-03T09:59")).detail["time"] == 1
    do(case(), propose(NINE, "2026-12-03T10:00"))
    do(case(), propose(*six[:5]))


def test_who_may_and_when() -> None:
    one = case()
    for actor in (CENTRE, SEAT, REPORTER, Actor("account", "chen", role=Role.MEDIATOR, region="139901")):
        assert isinstance(refused(one, propose(NINE), actor), NotAllowed)
    do(one, propose(NINE))
    assert isinstance(refused(one, c.AnswerTimes("k", [True], 1)), NotAllowed), "the mediator answers for nobody but as a note"
    assert refused(one, c.NoteTimes("k", "p9", [True], 1)).code == "unknown_party"
    assert refused(one, c.AnswerTimes("k", [True, True], 1), SEAT).code == "answer_each"
    assert refused(one, c.FixTime("k", 1, 1)).code == refused(one, c.FixTime("k", -1, 1)).code == "unknown_time"
    assert refused(one, c.FixTime("k", 0, 1), now=NINE_UTC).code == "time_past"
    assert refused(one, c.AnswerTimes("k", [True], 1), SEAT, NINE_UTC).code == "no_times"
    assert isinstance(refused(one, c.FixTime("k", 0, 0)), Conflict), "two tabs"
    one.stage = CaseStage.AGREED
    assert isinstance(refused(one, c.FixTime("k", 0, 1)), OutOfTurn)
    early = case(CaseStage.ACCEPTED)
    do(early, propose(NINE))
    do(early, c.AnswerTimes("k", [True], 1), REPORTER)


def test_what_speaks_against_a_time_is_named() -> None:
    slots = [parse_slot(start, 60, NOW) for start in (NINE, "2026-12-05T09:00", "2027-01-01T08:00", "2026-12-03T17:00")]
    found = cautions(slots, STATUTORY, [("安和人调字〔2026〕第00007号", Slot(NINE_UTC + timedelta(minutes=59), 60))])
    assert [(one.time, one.caution, one.name) for one in found] == [
        (0, Caution.CLASH, "安和人调字〔2026〕第00007号"),
        (1, Caution.DAY_OFF, ""),
        (2, Caution.HOURS, ""),
        (3, Caution.HOURS, ""),
    ]
    (holiday,) = cautions([Slot(datetime(2026, 10, 1, 1, tzinfo=UTC), 60)], STATUTORY, [])
    assert (holiday.caution, holiday.name) == (Caution.DAY_OFF, "国庆节")


def test_a_case_that_is_given_back_or_withdrawn_has_no_appointment_any_more() -> None:
    one = fixed()
    one.stage = CaseStage.ACCEPTED
    back, off = handle_case(one, GiveBack("k", "我是他的亲戚", False), WANG, NOW, Numbering("n"))
    assert (back.kind, off.kind) == ("case.given_back", "appointment.called_off")
    assert [notice.party for notice in notices_of(one, [off])] == ["p1", "p2"]
    one = fixed()
    _, off = handle_case(one, Withdraw("k"), REPORTER, NOW, Numbering("n"))
    told = notices_of(one, [off])
    assert [notice.account for notice in told] == ["wang", "", ""] and all(holds(one, notice) for notice in told)
    over = fixed()
    assert len(handle_case(over, Withdraw("k"), REPORTER, NINE_UTC + timedelta(hours=2), Numbering("n"))) == 1, "it was long ago"


def test_who_is_told_of_what_and_only_while_it_is_true() -> None:
    one = case()
    asked = notices_of(one, do(one, propose(NINE)))
    assert [(n.kind, n.party) for n in asked] == [(NoticeKind.TIMES_PROPOSED, "p1"), (NoticeKind.TIMES_PROPOSED, "p2")]
    (answered,) = notices_of(one, do(one, c.AnswerTimes("k", [True], 1), SEAT))
    assert answered.account == "wang" and holds(one, answered)
    assert notices_of(one, do(one, c.NoteTimes("k", "p1", [True], 1))) == [], "whoever noted it knows"
    told, phone = notices_of(one, do(one, c.FixTime("k", 0, 1))), {Channel.SMS, Channel.WECHAT}
    assert [channels_of(n, one) for n in told] == [{Channel.PAGE, Channel.EMAIL}, phone, phone]
    assert all(holds(one, n) for n in told) and not any(holds(one, n) for n in asked)
    do(one, c.MoveTime("k", "2026-12-05T09:00", 60, "开会", 2))
    assert not any(holds(one, n) for n in told), "the old time is told to nobody any more"
    soon = Notice(NoticeKind.SESSION_SOON, party="p1", about="3")
    assert holds(one, soon) and not outlived(one, soon, NOW) and outlived(one, soon, NINE_UTC + timedelta(days=2))
    text = sms(
        NoticeKind.SESSION_MOVED,
        one.kind,
        "zh",
        "安和人调字〔2026〕第00001号",
        "https://heyi.example.cn/c/HY-AAAA-BBBB",
        when_of(one, "zh"),
    )
    assert "12月5日9:00" in text and len(text) <= SMS_LIMIT and not any(word in text for word in ("李", "赵", "开会", "排水"))
    assert when_of(one, "en") == "5 December at 9:00" and when_of(case(), "zh") == ""


def test_reminders_come_a_day_and_an_hour_before() -> None:
    one = fixed()
    assert scheduling.remind(one, SYSTEM, NOW) == []
    with pytest.raises(NotAllowed):
        scheduling.remind(one, WANG, NOW)
    (day,) = scheduling.remind(one, SYSTEM, NINE_UTC - timedelta(days=1))
    (mediator, *parties) = notices_of(one, [day])
    assert (mediator.kind, mediator.account, [p.party for p in parties]) == (NoticeKind.SESSION_TOMORROW, "wang", ["p1", "p2"])
    assert scheduling.remind(one, SYSTEM, NINE_UTC - timedelta(hours=2)) == []
    (hour,) = scheduling.remind(one, SYSTEM, NINE_UTC - timedelta(minutes=59))
    assert (hour.payload["ahead"], one.appointment and one.appointment.remind_at) == (Ahead.HOUR, None)


@given(st.integers(1, 60 * 24 * 20), st.lists(st.integers(0, 60 * 24 * 25), max_size=8))
def test_each_reminder_comes_once_before_it_begins_and_never_where_it_was_fixed_later(ahead: int, looks: list[int]) -> None:
    """However often and late the clock is looked at, also after a restart."""
    one = case()
    start = (NOW + timedelta(minutes=ahead)).astimezone(COUNTY_TIME)
    do(one, propose(start.strftime("%Y-%m-%dT%H:%M")))
    do(one, c.FixTime("k", 0, 1))
    begins = NOW + timedelta(minutes=ahead)
    said: list[Ahead] = []
    for minutes in sorted(looks):
        at = NOW + timedelta(minutes=minutes)
        one = msgspec.json.decode(msgspec.json.encode(one), type=Case)
        for event in scheduling.remind(one, SYSTEM, at):
            lead = Ahead(event.payload["ahead"])
            assert begins - LEADS[lead] <= at < begins and begins - LEADS[lead] > NOW
            said.append(lead)
    assert len(said) == len(set(said)) and said == sorted(said, key=list(LEADS).index)


@given(st.lists(st.tuples(st.integers(1, 60 * 24 * 60), st.integers(LEAST_MINUTES, MOST_MINUTES)), min_size=1, max_size=TIMES_LIMIT))
def test_what_is_taken_lies_ahead_within_sixty_days_and_apart(wanted: list[tuple[int, int]]) -> None:
    times = [
        c.Proposed((NOW + timedelta(minutes=ahead)).astimezone(COUNTY_TIME).strftime("%Y-%m-%dT%H:%M"), minutes)
        for ahead, minutes in wanted
    ]
    apart = all(
        a_start >= b_start + b_long or b_start >= a_start + a_long
        for n, (a_start, a_long) in enumerate(wanted)
        for b_start, b_long in wanted[:n]
    )
    try:
        slots = parse_slots(times, NOW)
    except Invalid as refusal:
        assert refusal.code == "times_overlap" and not apart
    else:
        assert apart and [(slot.start - NOW, slot.minutes) for slot in slots] == [(timedelta(minutes=m), long) for m, long in wanted]


@given(st.timedeltas(timedelta(days=-330), timedelta(days=30)))
def test_a_form_begins_with_times_that_nothing_of_the_calendar_speaks_against(away: timedelta) -> None:
    now = NOW + away
    slots = list(scheduling.proposals(now, STATUTORY))
    assert len(slots) >= TIMES_LIMIT and slots == sorted(slots, key=lambda slot: slot.start) and not cautions(slots, STATUTORY, [])
    for slot in slots:
        written = f"{slot.start.astimezone(COUNTY_TIME):%Y-%m-%dT%H:%M}"
        assert parse_slot(written, slot.minutes, now) == slot, "each can be proposed as it is"


def test_late_on_a_sunday_it_is_monday_morning() -> None:
    first, second, third = list(scheduling.proposals(datetime(2026, 11, 29, 14, 0, tzinfo=UTC), STATUTORY))[:3]
    assert [f"{one.start.astimezone(COUNTY_TIME):%m-%d %H:%M}" for one in (first, second, third)] == [
        "11-30 09:00",
        "11-30 14:30",
        "12-01 09:00",
    ]
