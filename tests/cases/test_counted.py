"""What is counted of a case follows its course, and nothing of a rating before the case is closed."""

from __future__ import annotations

from datetime import timedelta

from cases.case import Mediator, Step
from cases.counted import counted
from cases.rating import Rating
from cases.vocabulary import CaseStage
from tests.cases.test_case import NOW, case


def test_a_case_that_was_given_back_begins_anew() -> None:
    file = case()
    times = [NOW + timedelta(hours=n) for n in range(8)]
    course = [CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING]
    file.history += [Step(stage, at) for stage, at in zip(course, times, strict=False)]
    file.stage, file.mediator = CaseStage.MEDIATING, Mediator("wang", "王调解员", "committee", "县调委会")
    told = counted(file, True)
    assert (told.accepted_at, told.mediated_at, told.mediator, told.live) == (times[4], times[5], "wang", True)
    file.history.append(Step(CaseStage.MEDIATING, times[6]))
    assert counted(file, False).mediated_at == times[5], "a second session begins nothing"
    file.stage = CaseStage.FAILED
    file.history.append(Step(CaseStage.FAILED, times[7]))
    assert counted(file, False).ended_at == times[7]


def test_ratings_count_when_their_mediator_may_know_of_them() -> None:
    file = case()
    file.stage, file.agreed_at = CaseStage.AGREED, NOW
    file.ratings = [Rating("p1", 5, NOW), Rating("p2", 2, NOW)]
    assert (counted(file, False).asked, counted(file, False).answered) == (0, 0)
    file.stage = CaseStage.CLOSED
    file.history.append(Step(CaseStage.CLOSED, NOW))
    told = counted(file, False)
    assert (told.asked, told.answered, told.content, told.ended_at) == (len(file.parties), 2, 1, NOW)
