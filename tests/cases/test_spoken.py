"""What is told instead of written: sound alone, three minutes, and then the description may be empty."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.case import TITLE_LIMIT, Case, Numbering, Person, open_case
from cases.casework import handle
from cases.commands.casework import Report, WriteDown
from cases.duplicates import alike
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn
from cases.permissions import may
from cases.ports import Happened
from cases.recorded import LEAST_MS, Found, judge
from cases.spoken import MOST_MS, Spoken, judge_spoken
from cases.vocabulary import Action, CaseStage, DisputeKind, Role, Standing

NOW = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
TOLD = Spoken("s1", "ab" * 32, 42_000, 9_000, "audio/webm")


def report(facts: str, spoken: Spoken | None):
    asked = Report(title="漏水", facts=facts, region="139901001", name="郑某", phone="13800005555")
    return open_case(asked, Numbering("c1", code="HY-A"), NOW, [], "城关镇", False, spoken=spoken)


def test_what_is_told_stands_in_the_chain_and_words_may_be_left_out() -> None:
    case, (reported,) = report("", TOLD)
    assert (case.facts, case.spoken) == ("", TOLD)
    assert reported.payload["spoken"] == {"file": "s1", "sha256": "ab" * 32, "ms": 42_000}
    both, (also,) = report("楼上漏水", TOLD)
    assert both.facts == "楼上漏水" and "spoken" in also.payload
    with pytest.raises(Invalid) as nothing:
        report(" ", None)
    assert (nothing.value.code, nothing.value.detail["field"]) == ("missing", "facts")
    assert "spoken" not in report("楼上漏水", None)[1][0].payload


def untitled(kind: DisputeKind = DisputeKind.DISPUTE, spoken: Spoken | None = TOLD, facts: str = "", region: str = "城关镇"):
    asked = Report(title=" ", facts=facts, region="139901001", name="郑某", phone="13800005555", kind=kind, place="东街3号")
    return open_case(asked, Numbering("c1", code="HY-A"), NOW, [], region, False, spoken=spoken)


def test_who_tells_it_need_not_write_its_subject() -> None:
    case, (reported,) = untitled()
    assert (case.title, case.subject, case.title_made) == ("口述的纠纷（城关镇）", "", True)
    assert reported.payload["title"] == case.title and reported.payload["title_made"]
    assert untitled(DisputeKind.MATTER)[0].title == "口述的民生事项（城关镇）"
    assert untitled(facts="楼上漏水")[0].title == "口述的纠纷（城关镇）", "who reads a subject does not read the description"
    assert len(untitled(region="很长的地名" * 20)[0].title) == TITLE_LIMIT
    written, (told,) = report("", TOLD)
    assert (written.title, written.subject, written.title_made) == ("漏水", "漏水", False) and "title_made" not in told.payload
    with pytest.raises(Invalid) as nothing:
        untitled(spoken=None, facts="楼上漏水")
    assert (nothing.value.code, nothing.value.detail["field"]) == ("missing", "title")


def test_a_made_subject_makes_no_two_cases_alike() -> None:
    one, other = untitled(region="很长很长的一个地名")[0], untitled(region="很长很长的一个地名")[0]
    other.id, other.place = "c2", ""
    other.parties[0] = Person("p1", "王某", "applicant", "13800006666")
    assert not list(alike(one, [other]))


@given(
    st.sampled_from(["webm", "mp4", "ogg", "matroska"]),
    st.integers(0, 2 * MOST_MS),
    st.lists(st.sampled_from(["opus", "aac", "amr_nb"]), max_size=2),
    st.sampled_from(["", "vp8", "h264"]),
)
def test_only_sound_that_is_played_everywhere_is_taken_and_not_too_long(container: str, ms: int, sounds: list[str], picture: str) -> None:
    found = Found(container, ms, tuple(sounds), picture, 160, 160)
    try:
        taken = judge_spoken(found)
    except Invalid:
        try:
            judge(found)
        except Invalid:
            return
        assert picture or ms > MOST_MS, "nothing else is refused that a statement may be"
    else:
        assert taken == f"audio/{container}" and not picture and LEAST_MS <= ms <= MOST_MS


def test_who_hears_it() -> None:
    hear = {one for one in Standing if may((one,), Action.HEAR_REPORT, CaseStage.MEDIATING)}
    assert hear == {Standing.CENTRE, Standing.ASSIGNEE, Standing.ASSISTANT, Standing.REPORTER}
    assert not may((Standing.OFFEREE,), Action.HEAR_REPORT, CaseStage.DISPATCHED), "an order that is offered shows nobody's voice"


def test_what_was_told_is_written_down_and_own_words_are_not_touched() -> None:
    centre = Actor(kind="account", id="zhou", name="周主任", role=Role.CENTRE, region="139901")
    case, _ = report("", TOLD)

    def write(case: Case, facts: str, actor: Actor = centre) -> list[Happened]:
        return handle(case, WriteDown(case.id, facts), actor, NOW, Numbering("x"))

    (written,) = write(case, " 楼上漏水，天花板掉皮。 ")
    assert (case.facts, case.written_by) == ("楼上漏水，天花板掉皮。", "周主任")
    assert written.kind == "case.written_down" and written.payload == {"facts": case.facts, "by": "account:zhou"}
    assert write(case, "楼上漏水三次。") and case.facts == "楼上漏水三次。", "it may be put right"
    with pytest.raises(Invalid) as nothing:
        write(case, " ")
    assert nothing.value.code == "missing"
    with pytest.raises(NotAllowed):
        write(case, "别的", Actor(kind="account", id="wang", name="王调解员", role=Role.MEDIATOR))
    for own, _ in (report("自己写的", TOLD), report("自己写的", None)):
        with pytest.raises(OutOfTurn) as kept:
            write(own, "改掉")
        assert kept.value.code == "own_words" and own.facts == "自己写的"


def test_of_two_who_write_the_second_reads_the_first_before_writing_over_it() -> None:
    zhou, li = (
        Actor(kind="account", id=key, name=name, role=Role.CENTRE, region="139901") for key, name in (("zhou", "周主任"), ("li", "李科长"))
    )
    case, _ = report("", TOLD)
    handle(case, WriteDown(case.id, "楼上漏水。", was=""), zhou, NOW, Numbering("x"))
    before = msgspec.json.encode(case)
    with pytest.raises(Conflict) as told:
        handle(case, WriteDown(case.id, "天花板掉皮。", was=""), li, NOW, Numbering("x"))
    assert (told.value.code, told.value.detail["by"]) == ("written_meanwhile", "周主任") and msgspec.json.encode(case) == before
    handle(case, WriteDown(case.id, "楼上漏水，天花板掉皮。", was="楼上漏水。"), li, NOW, Numbering("x"))
    assert (case.facts, case.written_by) == ("楼上漏水，天花板掉皮。", "李科长")


def test_the_office_writes_the_subject_where_the_reporter_wrote_none() -> None:
    centre = Actor(kind="account", id="zhou", name="周主任", role=Role.CENTRE, region="139901")

    def write(case: Case, facts: str, title: str) -> list[Happened]:
        return handle(case, WriteDown(case.id, facts, title), centre, NOW, Numbering("x"))

    case, _ = untitled()
    write(case, "楼上漏水。", "")
    assert case.title_made, "left out, it stays as it is"
    (written,) = write(case, "楼上漏水。", " 楼上漏水 ")
    assert (case.title, case.subject, case.titled_by, case.title_made) == ("楼上漏水", "楼上漏水", "周主任", False)
    assert written.payload == {"facts": "楼上漏水。", "title": "楼上漏水", "by": "account:zhou"}
    assert write(case, "楼上漏水。", "楼上水管漏水") and case.title == "楼上水管漏水", "it may be put right"
    described, _ = untitled(facts="自己写的")
    (named,) = write(described, "", "楼上漏水")
    assert (described.facts, described.title, described.written_by) == ("自己写的", "楼上漏水", "")
    assert named.payload == {"title": "楼上漏水", "by": "account:zhou"}
    for case, facts, title in (
        (described, "改掉", "楼上漏水"),
        (described, "", " "),
        (report("", TOLD)[0], "楼上", "别的"),
        (report("楼上", TOLD)[0], "", "别的"),
    ):
        before = (case.title, case.facts, case.written_by, case.titled_by)
        with pytest.raises(OutOfTurn) as kept:
            write(case, facts, title)
        assert kept.value.code == "own_words" and (case.title, case.facts, case.written_by, case.titled_by) == before
