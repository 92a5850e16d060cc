"""What another system may refer: one source, one region, each case under a number of its own; and nobody has reported it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.case import Numbering, standings
from cases.commands.casework import Referral
from cases.errors import Invalid, Refusal
from cases.finding import referred_word, scope_of, words_of
from cases.matters import binds
from cases.referral import OWN_SOURCES, REFERENCE_LIMIT, SOURCES, Referrer, digest_of, parse_reference, parse_referrer, refer_case
from cases.vocabulary import CASE_SOURCES, DisputeKind

NOW = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
HOTLINE = Referrer("ref-1", "12345政务服务热线", "12345转办", "139901")


def referral(reference: str = "12345-2026-17", **more: str) -> Referral:
    return Referral(
        **{"title": "夜间施工噪声", "facts": "工地夜里施工", "region": "139901001", "name": "孙某", "reference": reference, **more}
    )


def refer(command: Referral, referrer: Referrer = HOTLINE):
    return refer_case(command, referrer, Numbering("c1", code="HY-AAAA-BBBB"), NOW, "城关镇", False)


def test_a_referral_becomes_a_case_that_nobody_reported_and_names_both_numbers() -> None:
    case, (reported,) = refer(referral(phone="13800005555"))
    assert (case.source, case.entered_by, case.reporter) == ("12345转办", "ref-1", None)
    assert case.referred is not None and (case.referred.name, case.referred.reference) == ("12345政务服务热线", "12345-2026-17")
    assert reported.payload["by"] == "referrer:ref-1" and reported.payload["reference"] == "12345-2026-17"
    assert not binds(case, "p1", "13800005555", verified=False), "a telephone from elsewhere opens nothing before the card was compared"
    assert standings(case, HOTLINE.actor) == (), "who refers a case has no part in it"
    assert referred_word("ref-1", "12345-2026-17") in scope_of(case) and "2026" in words_of(case)
    assert referred_word("ref-2", "12345-2026-17") not in scope_of(case)


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_number_is_refused_or_kept_as_it_is(text: str) -> None:
    try:
        kept = parse_reference(text)
    except Invalid as refused:
        assert (refused.code, refused.detail["field"]) == ("bad_reference", "reference")
    else:
        assert kept == text.strip() and 0 < len(kept) <= REFERENCE_LIMIT and kept.isprintable() and " " not in kept


@pytest.mark.parametrize("number", ["12345-2026-17", "冀信转〔2026〕17号", "（2026）冀1399民初17号", "A/7.b_c[1]", "9" * REFERENCE_LIMIT])
def test_numbers_of_authorities_are_taken(number: str) -> None:
    assert parse_reference(f" {number} ") == number


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reference": ""}, "bad_reference"),
        ({"reference": "9" * (REFERENCE_LIMIT + 1)}, "bad_reference"),
        ({"reference": "12\u202e34"}, "bad_reference"),
        ({"region": "139902001"}, "region_elsewhere"),
        ({"name": " "}, "name_missing"),
        ({"title": "长" * 200}, "too_long"),
        ({"phone": "12"}, "phone_length"),
        ({"id_number": "110105194912310020"}, "id_check_digit"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        refer(referral(**changes))
    assert refused.value.code == code


def test_the_digest_is_of_what_is_said() -> None:
    # Kept with every case: another way to compute it would refuse what was referred before and comes again.
    assert digest_of(referral()) == "6cc035f08f8ee178b9928bf5fb7a36f2e68c80d43b4b202a36d3e35c40494eda"
    assert digest_of(referral(facts="工地夜里施工\n", phone=" ", kind=DisputeKind.DISPUTE)) == digest_of(referral())
    turned = dict(reversed(list(msgspec.to_builtins(referral()).items())))
    assert digest_of(msgspec.convert(turned, Referral)) == digest_of(referral())
    assert digest_of(referral()) != digest_of(referral(facts="工地夜里不施工")) != digest_of(referral(kind=DisputeKind.MATTER))


def test_systems_are_of_an_authority_and_a_region() -> None:
    assert {*SOURCES, *OWN_SOURCES} == set(CASE_SOURCES) and not set(SOURCES) & set(OWN_SOURCES)
    assert parse_referrer("ref-9", " 信访系统 ", "信访转办", "139901001") == Referrer("ref-9", "信访系统", "信访转办", "139901001")
    for wrong, code in (
        (("信访系统", "当事人申请", "139901"), "unknown_source"),
        (("信访系统", "信访转办", "1399"), "unknown_region"),
        (("信访系统", "信访转办", "139901\n"), "unknown_region"),
        ((" ", "信访转办", "139901"), "name_missing"),
    ):
        with pytest.raises(Invalid) as refused:
            parse_referrer("ref-9", *wrong)
        assert refused.value.code == code


def test_a_referrer_is_nobody_of_staff() -> None:
    assert HOTLINE.actor == Actor(kind="referrer", id="ref-1", name="12345政务服务热线", region="139901")
