"""Who may report, what follows, what the platform is told; that nobody but the office learns of it; and that whatever fails, each version is there once and in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import case as rules
from cases import risk
from cases.actor import Actor
from cases.case import Case, Mediator, Numbering, Person, Step
from cases.casework import handle
from cases.commands.casework import Classify, CloseCase
from cases.commands.risk import ReportRisk, SendRiskAgain, WithdrawRisk
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal, TooMuch
from cases.notices import TELLS, Notice, holds, notices_of
from cases.vocabulary import CaseStage, DisputeKind, NoticeKind, RiskLevel, RiskReason, RiskState, Role
from realtime.audience import fragments, view_of
from rooms.handling import open_room
from storage.dossier import Dossier

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")
FAR = Actor("account", "far", "外县", Role.CENTRE, "centre", "139902")
OTHERS = [CHEN, FAR, Actor("reporter", "k", case_id="k"), Actor("public", "HY-AAAA-BBBB"), Actor("seat", "s1", case_id="k", session_id="k-1"),
          Actor("resident", "r1"), Actor("wall", "139901", region="139901")]  # fmt: skip
WORDS = "扬言要点火烧房"


def case(stage: CaseStage = CaseStage.ACCEPTED) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="案情不报送", place="东街三号", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"), number="安和人调字1号",
        parties=[Person("p1", "李小明", "applicant", "13800001234", "11010519491231002X", "东街三号"), Person("p2", "赵某", "respondent")],
        history=[Step(stage, NOW)],
    )  # fmt: skip


def report(one: Case, actor: Actor = WANG, level: RiskLevel = RiskLevel.RED, words: str = WORDS, sends: bool = True) -> Any:
    return risk.handle(one, ReportRisk("k", level, RiskReason.THREAT, words), actor, NOW, sends)


def test_the_assignee_and_the_centre_report_and_nobody_else() -> None:
    for actor in (WANG, CENTRE):
        (event,) = report(case(), actor)
        assert (event.kind, event.chain, event.payload["version"]) == ("risk.reported", risk.CHAIN, 1)
    worker = msgspec.structs.replace(WANG, role=Role.GRID_WORKER)
    assert report(case(), worker), "a grid worker who has the case"
    for actor in OTHERS:
        one = case()
        for command in (ReportRisk("k", RiskLevel.RED, RiskReason.THREAT, WORDS), WithdrawRisk("k", "好了"), SendRiskAgain("k")):
            with pytest.raises(NotAllowed):
                risk.handle(one, command, actor, NOW, True)
        assert one == case()


def test_a_report_is_corrected_and_withdrawn_by_later_versions() -> None:
    one = case()
    with pytest.raises(OutOfTurn, match="reported"):
        risk.handle(one, WithdrawRisk("k", "和好了"), WANG, NOW, True)
    with pytest.raises(Invalid):
        report(one, words=" ")
    with pytest.raises(Invalid):
        report(one, words="火" * (risk.WORDS_LIMIT + 1))
    report(one)
    with pytest.raises(Conflict):
        report(one, CENTRE)
    report(one, level=RiskLevel.BLUE)
    (gone,) = risk.handle(one, WithdrawRisk("k", "双方和好"), CENTRE, NOW, True)
    assert (gone.kind, gone.payload["version"]) == ("risk.withdrawn", 3)
    told = risk.statement(one, False, "0300-1")
    assert (told["state"], told["words"], told["people"], told["place"]) == ("withdrawn", "双方和好", [], "")
    with pytest.raises(OutOfTurn):
        risk.handle(one, WithdrawRisk("k", "再说一次"), CENTRE, NOW, True)
    before = msgspec.json.decode(msgspec.json.encode(one), type=Case)
    one.stage = CaseStage.FAILED
    assert risk.follow(before, one, NOW, True) == [], "nothing follows what was withdrawn"
    (again,) = report(one, level=RiskLevel.BLUE)
    assert again.payload["version"] == 4 and one.risk is not None and one.risk.withdrawn is None


def test_a_case_has_so_many_versions_by_hand_and_still_follows() -> None:
    one = case()
    for n in range(risk.VERSION_LIMIT):
        report(one, words=f"第{n}次")
    with pytest.raises(TooMuch):
        report(one)
    before = msgspec.json.decode(msgspec.json.encode(one), type=Case)
    one.stage = CaseStage.MEDIATING
    assert risk.follow(before, one, NOW, True)[0].payload["version"] == risk.VERSION_LIMIT + 1
    risk.handle(one, WithdrawRisk("k", "平息"), WANG, NOW, True)


def test_what_the_platform_has_or_is_about_to_have_is_not_sent_again() -> None:
    one = case()
    again = SendRiskAgain("k")
    with pytest.raises(OutOfTurn, match="Nothing"):
        risk.handle(one, again, CENTRE, NOW, True)
    report(one)
    with pytest.raises(OutOfTurn, match="on its way"):
        risk.handle(one, again, CENTRE, NOW, True)
    for state in (RiskState.DEAD, RiskState.REFUSED, RiskState.ACKNOWLEDGED, RiskState.UNCONNECTED):
        assert one.risk is not None
        risk.settle(one, one.risk.version, state, NOW, "platform_x")
        with pytest.raises(NotAllowed):
            risk.handle(one, again, WANG, NOW, True)
        with pytest.raises(OutOfTurn, match="connected"):
            risk.handle(one, again, CENTRE, NOW, False)
        (event,) = risk.handle(one, again, CENTRE, NOW, True)
        assert event.kind == "risk.sent_again" and one.risk.sync.state is RiskState.WAITING


def test_without_a_platform_a_report_is_entered_and_goes_nowhere() -> None:
    one = case()
    assert report(one, sends=False)[0].payload["version"] == 1
    assert one.risk is not None and one.risk.sync.state is RiskState.UNCONNECTED


@pytest.mark.parametrize(("level", "named"), [(RiskLevel.RED, True), (RiskLevel.ORANGE, True), (RiskLevel.BLUE, False)])
def test_no_more_is_told_than_is_needed(level: RiskLevel, named: bool) -> None:
    one = case()
    report(one, level=level)
    told = risk.statement(one, True, "0300-1")
    text = msgspec.json.encode(told).decode()
    assert ("李小明" in text, "13800001234" in text) == (named, named), "who must be reached now can be"
    assert told["place"] == "东街三号" and told["office_phone"] == "0300-1" and told["trial"] is True
    assert one.facts not in text and one.title not in text and "11010519491231002X" not in text and one.code not in text


def test_what_changes_follows_and_nothing_else_does() -> None:
    one = case()
    plain = case()
    plain.stage = CaseStage.MEDIATING
    assert risk.follow(case(), plain, NOW, True) == [], "a case that was not reported"
    report(one)

    def changed(act: Any) -> list[str]:
        before = msgspec.json.decode(msgspec.json.encode(one), type=Case)
        act()
        events = risk.follow(before, one, NOW, True)
        assert len(events) <= 1
        return events[0].payload["changed"] if events else []

    def do(command: Any, actor: Actor = CENTRE) -> Any:
        return lambda: handle(one, command, actor, NOW, Numbering("n"))

    assert changed(lambda: setattr(one, "facts", "改了案情")) == []
    assert changed(lambda: one.parties.append(Person("p3", "钱某", "respondent"))) == ["people"]
    assert changed(lambda: rules.session_opened(one, "k-1", NOW, "王")) == ["stage"]
    assert changed(lambda: setattr(one, "dispute_type", "邻里")) == ["type"]
    assert changed(lambda: rules.session_failed(one, NOW, "")) == ["outcome", "stage"]
    assert changed(do(CloseCase("k"))) == ["stage"], "closed without an agreement it is still failed"
    assert risk.followed(one)["outcome"] == "failed"
    assert changed(lambda: setattr(one, "mediator", None)) == ["organisation"]
    assert changed(lambda: report(one, CENTRE, RiskLevel.BLUE)) == [], "a version of its own has told it already"
    with pytest.raises(OutOfTurn):
        do(Classify("k", "邻里"))()


def test_the_office_is_told_where_nothing_arrived() -> None:
    one = case()
    report(one)
    for state in (RiskState.REFUSED, RiskState.DEAD):
        told = notices_of(one, risk.settle(one, 1, state, NOW, "platform_x"))
        assert told == [Notice(NoticeKind.RISK_NOT_TAKEN, account="wang"), Notice(NoticeKind.RISK_NOT_TAKEN, centre="139901001")]
        assert all(holds(one, notice) for notice in told)
    assert notices_of(one, risk.settle(one, 1, RiskState.ACKNOWLEDGED, NOW)) == [] and not holds(one, told[0])
    assert not {kind for kind in TELLS if kind.startswith("risk.")} - {"risk.refused", "risk.dead", "risk.late"}


def documents(one: Case) -> dict[str, Any]:
    room, _ = open_room("k-1", "k", WANG, NOW)
    return fragments(Dossier(one, room))


@given(st.sampled_from(list(CaseStage)), st.sampled_from(list(RiskLevel)), st.sampled_from(list(RiskState)), st.booleans())
def test_nobody_but_the_office_is_shown_anything_of_it(stage: CaseStage, level: RiskLevel, state: RiskState, withdrawn: bool) -> None:
    """Every document of every reader, with a report and without one: only the office's may differ."""
    plain, told = documents(case(stage)), case(stage)
    report(told, level=level)
    if withdrawn:
        risk.handle(told, WithdrawRisk("k", "双方和好"), WANG, NOW, True)
    assert told.risk is not None
    risk.settle(told, told.risk.version, state, NOW, "platform_x")
    shown = documents(told)
    differing = {name for name in shown if shown[name] != plain.get(name)}
    assert differing == {"risk/k|office", "centre/139901|staff"} and plain.keys() <= shown.keys()
    dossier = Dossier(told)
    assert {actor.id for actor in (WANG, CENTRE, *OTHERS) if view_of(actor, "risk/k", dossier)} == {"wang", "centre"}
    assert view_of(WANG, "centre/139901", dossier) is None, "the marks are for the centre"


class World:
    """A queue and a platform in memory, by the same rules: what is due, what was taken, what was heard of it."""

    def __init__(self, faults: Iterator[str]) -> None:
        self.faults, self.now = faults, NOW
        self.one = case()
        self.waiting: list[int] = []
        self.bodies: dict[str, dict[str, Any]] = {}
        self.held: dict[str, dict[str, Any]] = {}
        self.arrivals: list[int] = []
        self.acknowledged: list[int] = []

    def enter(self, events: list[Any]) -> None:
        for event in events:
            if event.kind in risk.NEW_VERSIONS:
                self.waiting.append(event.payload["version"])
                self.bodies[risk.key_of("k", event.payload["version"])] = risk.statement(self.one, False, "")

    def change(self, what: int) -> None:
        before = msgspec.json.decode(msgspec.json.encode(self.one), type=Case)
        try:
            if what == 0:
                self.enter(report(self.one, words=f"第{len(self.bodies)}次"))
            elif what == 1:
                self.enter(risk.handle(self.one, WithdrawRisk("k", "平息"), WANG, self.now, True))
            elif what == 2:
                self.one.stage = CaseStage.MEDIATING if self.one.stage is CaseStage.ACCEPTED else CaseStage.ACCEPTED
            else:
                self.enter(risk.handle(self.one, SendRiskAgain("k"), CENTRE, self.now, True))
        except Refusal:
            return
        self.enter(risk.follow(before, self.one, self.now, True))

    def round(self) -> None:
        if not self.waiting:
            return
        version, fault = self.waiting[0], next(self.faults)
        key = risk.key_of("k", version)
        if fault in {"ok", "lost", "killed"}:
            if key not in self.held:
                self.arrivals.append(version)
            self.held.setdefault(key, self.bodies[key])
        if fault == "ok":
            self.waiting.pop(0)
            self.acknowledged.append(version)
            risk.settle(self.one, version, RiskState.ACKNOWLEDGED, self.now, "", "FX")
        elif fault == "refused":
            self.waiting.pop(0)
            risk.settle(self.one, version, RiskState.REFUSED, self.now, "platform_x")
        elif fault == "lost":
            risk.delay(self.one, "away", 1, self.now + timedelta(seconds=5), timedelta(seconds=5))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30),
    st.lists(st.sampled_from(["ok", "lost", "killed", "away", "refused"]), max_size=60),
)
def test_whatever_fails_each_version_is_there_once_and_in_order(course: list[tuple[int, int]], faults: list[str]) -> None:
    world = World(iter([*faults, *["ok"] * 200]))
    for what, rounds in course:
        world.change(what)
        for _ in range(rounds):
            world.round()
    while world.waiting:
        world.round()
    assert world.arrivals == sorted(set(world.arrivals)) and world.acknowledged == sorted(set(world.acknowledged))
    assert {risk.key_of("k", v) for v in world.acknowledged} <= world.held.keys()
    assert all(world.held[key] == world.bodies[key] for key in world.held)
    if world.one.risk is None:
        assert not world.bodies
        return
    assert sorted(int(key[2:]) for key in world.bodies) == list(range(1, world.one.risk.version + 1)), "numbered without a gap"
    if world.acknowledged[-1:] == [world.one.risk.version]:
        newest = world.held[risk.key_of("k", world.one.risk.version)]
        assert (world.one.risk.sync.state, world.one.risk.sync.acknowledged) == (RiskState.ACKNOWLEDGED, world.one.risk.version)
        if world.one.risk.withdrawn is None:
            assert newest["stage"] == world.one.stage, "the platform's newest is the present state"


KEYS = st.dictionaries(st.integers(1, 9).map(lambda n: risk.key_of("k", n)), st.sampled_from(["a", "b"]))
NEWEST = st.dictionaries(st.integers(1, 9).map(lambda n: risk.key_of("k", n)), st.sampled_from(["a", "b"]), max_size=1)


@given(NEWEST, st.sets(st.integers(1, 9).map(lambda n: risk.key_of("k", n))), KEYS)
def test_a_comparison_tells_every_difference_once(ours: dict[str, str], others: set[str], theirs: dict[str, str]) -> None:
    found = risk.compare(ours, others - ours.keys(), theirs)
    newest = max(ours, default="")
    later = any(key > newest for key in theirs.keys() & others - ours.keys())
    assert set(found.missing) == (set() if later else ours.keys() - theirs.keys())
    assert found.same + len(found.other) == len(ours.keys() & theirs.keys())
    assert set(found.unknown) == theirs.keys() - ours.keys() - others
    assert risk.compare(ours, others, dict(ours)) == risk.Differences(len(ours), [], [], [])


def reported(level: RiskLevel = RiskLevel.RED) -> Case:
    one = case()
    report(one, level=level)
    return one


def test_an_alarm_that_is_not_there_in_time_is_told_once() -> None:
    one = reported()
    again = NOW + timedelta(hours=1)
    assert risk.delay(one, "away", 3, again, risk.LATE_AFTER - timedelta(seconds=1)) == []
    (late,) = risk.delay(one, "away", 4, again, risk.LATE_AFTER)
    assert (late.kind, late.chain) == ("risk.late", risk.CHAIN) and one.risk is not None and one.risk.sync.late
    assert risk.delay(one, "away", 5, again, timedelta(hours=2)) == []
    assert holds(one, Notice(NoticeKind.RISK_NOT_TAKEN, centre=one.region))
    risk.settle(one, 1, RiskState.ACKNOWLEDGED, NOW)
    assert not one.risk.sync.late
    assert not holds(one, Notice(NoticeKind.RISK_NOT_TAKEN, centre=one.region))


def test_what_is_only_to_be_watched_is_never_late() -> None:
    assert risk.delay(reported(RiskLevel.BLUE), "away", 4, NOW, timedelta(days=1)) == []


def test_people_who_must_be_reached_are_followed() -> None:
    for level, told in ((RiskLevel.RED, True), (RiskLevel.BLUE, False)):
        before, after = reported(level), reported(level)
        after.parties.append(Person("p3", "冯某", "respondent", "13900005678"))
        happened = risk.follow(before, after, NOW, True)
        assert [event.payload["changed"] for event in happened] == ([["people"]] if told else [])


def test_a_later_version_that_is_there_makes_the_one_before_it_not_missing() -> None:
    ours, others = {risk.key_of("a", 3): "h3"}, {risk.key_of("a", 4)}
    assert risk.compare(ours, others, {risk.key_of("a", 4): "h4"}).missing == []
    assert risk.compare(ours, others, {}).missing == [risk.key_of("a", 3)]
