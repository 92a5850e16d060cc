from __future__ import annotations

import pytest

from cases.case import Photo
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.material import MATERIAL_LIMIT, add_photo, demand_room
from cases.vocabulary import CaseStage, Standing
from tests.cases.test_satisfaction import case


def photo(number: int) -> Photo:
    return Photo(f"photo-{number}", 800, 600)


def test_photographs_are_added_while_the_case_is_open_up_to_the_limit() -> None:
    one, held = case(CaseStage.ACCEPTED), (Standing.REPORTER,)
    for number in range(MATERIAL_LIMIT):
        (happened,) = add_photo(one, held, photo(number), "ab", "reporter:k")
    assert (happened.kind, happened.payload["sha256"], len(one.photos)) == ("case.photo_added", "ab", MATERIAL_LIMIT)
    with pytest.raises(Invalid) as full:
        add_photo(one, held, photo(99), "ab", "reporter:k")
    assert full.value.detail["limit"] == MATERIAL_LIMIT == len(one.photos)


def test_not_after_its_end_and_by_nobody_else() -> None:
    with pytest.raises(OutOfTurn):
        demand_room(case(CaseStage.AGREED), (Standing.REPORTER,))
    for standing in set(Standing) - {Standing.REPORTER}:
        with pytest.raises(NotAllowed):
            demand_room(case(CaseStage.ACCEPTED), (standing,))
