"""What goes out by e-mail, SMS and WeChat: of a case its number, a time and a link, and nothing that anybody has written."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from cases.appointment import Appointment, Said, Slot
from cases.archived import Archived
from cases.case import Case, Hold, Mediator, Person, Step
from cases.vocabulary import CaseStage, DisputeKind, NoticeKind
from web.notice_texts import TEXTS, link_of, mail, number_of, sms, wechat, when_of

TAG = "<img src=x onerror='ran=1'>"
NOW = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)
GIVEN = {"id", "code", "number", "region"}
"""By the house."""


def written_over() -> Case:
    """The tag in every text of a case."""
    texts = {field.name: TAG for field in msgspec.structs.fields(Case) if field.type is str and field.name not in GIVEN}
    return Case(
        id="k1",
        code="HY-AAAA-BBBB",
        number="安和人调字〔2026〕第00001号",
        region="139901001",
        kind=DisputeKind.DISPUTE,
        stage=CaseStage.ACCEPTED,
        reported_at=NOW,
        offered_names=[TAG],
        refusals=[TAG],
        parties=[Person("p1", TAG, "applicant", "13800001111", TAG, TAG)],
        history=[Step(CaseStage.ACCEPTED, NOW, TAG, TAG)],
        mediator=Mediator("wang", TAG, "committee", TAG),
        hold=Hold(TAG, TAG, NOW),
        archived=Archived(NOW, TAG, TAG, [], TAG),
        appointment=Appointment(
            proposed=[Slot(NOW, 60)], place=TAG, fixed=Slot(NOW, 60), answers={"p1": Said([True], TAG, NOW)}, reason=TAG
        ),
        **texts,
    )


@pytest.mark.parametrize("kind", list(TEXTS))
def test_nothing_that_was_written_goes_out(kind: NoticeKind) -> None:
    case = written_over()
    assert [case.title, case.facts, case.place, case.dispatch_note] == [TAG] * 4
    for of in DisputeKind:
        told = [*wechat(kind, of, number_of(case), when_of(case, "zh"))]
        for language in ("zh", "en"):
            for staff in (True, False):
                about = (number_of(case), link_of(case, "https://heyi.example.cn", staff=staff), when_of(case, language))
                told += [*mail(kind, of, language, *about), sms(kind, of, language, *about)]
        assert all(text and "<" not in text and "img" not in text for text in told), told
        assert any("00001" in text for text in told), "which case it is about"
