"""Where a case happened is put right within its county, with what was and what is; who finds and counts it follows."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.case import Case, Numbering, open_case, standings
from cases.casework import handle
from cases.commands.casework import Accept, Classify, Dispatch
from cases.counted import counted
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal
from cases.finding import scope_of
from cases.placing import judge
from cases.proposing import Candidate, propose
from cases.spoken import Spoken
from cases.tally import Tally
from cases.vocabulary import DisputeKind, Role, Standing
from realtime.audience import fragments
from storage.dossier import Dossier
from tests.cases.test_case import ACTORS, NOW, REPORT, case
from tests.cases.test_proposing import TODAY

HERE, THERE = "139901001", "139901002"
NUMBERING = Numbering("x", number="1号")


def classify(one: Case, who: str = "centre", **more: str) -> list[tuple[str, dict[str, object]]]:
    command = Classify("k1", one.dispute_type, one.kind, **more)  # type: ignore[arg-type]
    return [(event.kind, event.payload) for event in handle(one, command, ACTORS[who], NOW, NUMBERING)]


def test_township_and_place_are_put_right_with_what_was() -> None:
    one = case()
    ((kind, told),) = classify(one, region=THERE, region_name="柳林镇", place=" 东街 3 号")
    assert kind == "case.relocated" and told == {
        **{"region_was": HERE, "region_name_was": "城关镇", "region": THERE, "region_name": "柳林镇"},
        **{"place_was": "", "place": "东街 3 号", "by": "account:centre"},
    }
    assert (one.region, one.region_name, one.place) == (THERE, "柳林镇", "东街 3 号")
    assert f"_r{THERE}" in scope_of(one) and f"_r{HERE}" not in scope_of(one)
    shown = fragments(Dossier(one))
    assert shown["centre/139901|staff"]["cases"]["k1"]["region"] == shown["case/k1|reporter"]["region"] == "柳林镇"
    assert THERE not in str(shown["code/HY-AAAA-BBBB|public"]) and "东街" not in str(shown["code/HY-AAAA-BBBB|public"])
    assert classify(one, region=THERE, region_name="柳林镇", place="东街 3 号") == [], "nothing is to be put right"
    assert classify(one, place="") == [("case.relocated", {"place_was": "东街 3 号", "place": "", "by": "account:centre"})]


def test_a_townships_centre_loses_it_and_another_gains_it() -> None:
    one = case()
    mine, theirs = (Actor("account", region, "主任", Role.CENTRE, "centre", region) for region in (HERE, THERE))
    assert (standings(one, mine), standings(one, theirs)) == ((Standing.CENTRE,), ())
    handle(one, Classify("k1", "邻里", region=THERE, region_name="柳林镇"), mine, NOW, NUMBERING)
    assert (standings(one, mine), standings(one, theirs)) == ((), (Standing.CENTRE,))
    with pytest.raises(NotAllowed):
        handle(one, Classify("k1", "邻里", region=HERE, region_name="城关镇"), mine, NOW, NUMBERING)


def test_numbers_move_from_one_township_to_the_other() -> None:
    one, tally, fresh = case(), Tally(), Tally()
    tally.put("k1", 1, counted(one, False))
    classify(one, region=THERE, region_name="柳林镇")
    tally.put("k1", 2, counted(one, False))
    fresh.put("k1", 2, counted(one, False))
    assert tally.encoded() == fresh.encoded()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"region": THERE}, "unknown_region"),
        ({"region": "139902001", "region_name": "别县的镇"}, "other_county"),
        ({"region": THERE, "region_name": "柳林镇", "place": "长" * 101}, "too_long"),
    ],
)
def test_what_is_no_region_of_the_county_is_refused_and_nothing_is_changed(more: dict[str, str], code: str) -> None:
    one = case()
    before = msgspec.json.encode(one)
    with pytest.raises(Invalid) as refused:
        handle(one, Classify("k1", "邻里", **more), ACTORS["centre"], NOW, NUMBERING)  # type: ignore[arg-type]
    assert refused.value.code == code and msgspec.json.encode(one) == before


def test_an_order_puts_the_township_right_and_is_refused_as_a_whole() -> None:
    one = case()
    before = msgspec.json.encode(one)
    order = Dispatch("k1", ["wang"], names=["县调委会"], dispute_type="邻里", region=THERE, region_name="柳林镇")
    with pytest.raises(Invalid):
        handle(one, msgspec.structs.replace(order, region="139902001"), ACTORS["centre"], NOW, NUMBERING)
    assert msgspec.json.encode(one) == before
    kinds = [event.kind for event in handle(one, order, ACTORS["centre"], NOW, NUMBERING)]
    assert kinds == ["case.classified", "case.relocated", "case.assigned"] and one.region == THERE
    assert fragments(Dossier(one))["desk/wang|own"]["orders"]["k1"]["region"] == "柳林镇"
    for who in ("wang", "reporter", "elsewhere"):
        with pytest.raises(NotAllowed):
            classify(one, who, region=HERE, region_name="城关镇")
    handle(one, Accept("k1"), ACTORS["wang"], NOW, NUMBERING)
    assert [kind for kind, _ in classify(one, "wang", region=HERE, region_name="城关镇")] == ["case.relocated"]
    one.stage = one.stage.AGREED
    with pytest.raises(OutOfTurn):
        classify(one, "centre", place="东街")


def test_who_is_near_follows_and_a_title_that_we_made_too() -> None:
    spoken = Spoken("s", "0" * 64, 9000, 9, "audio/webm")
    one, _ = open_case(
        msgspec.structs.replace(REPORT, title=""), Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", False, spoken=spoken
    )
    near = [Candidate("here", "甲", HERE), Candidate("there", "乙", THERE)]
    assert [each.id for each in propose(one, DisputeKind.DISPUTE, "邻里", near, (), TODAY).proposed] == ["here"]
    ((_, told),) = classify(one, region=THERE, region_name="柳林镇")
    assert one.title == told["title"] == "口述的纠纷（柳林镇）"
    assert [each.id for each in propose(one, DisputeKind.DISPUTE, "邻里", near, (), TODAY).proposed] == ["there"]
    one.title_made = False
    classify(one, region=HERE, region_name="城关镇")
    assert one.title == "口述的纠纷（柳林镇）", "what the office has written stays"


@given(st.text("139028", max_size=12), st.sampled_from(["", "某镇"]), st.none() | st.text("东街 　\n", max_size=120))
def test_a_case_never_leaves_its_county_nor_names_a_region_that_is_not_there(region: str, name: str, place: str | None) -> None:
    one = case()
    try:
        to = judge(one, region, name, place)
    except Refusal:
        return
    assert to.region is None or (name and to.region[0][:6] == "139901" and to.region[0] != one.region)
    assert to.place is None or to.place != one.place
