"""What an agreement takes over from its case."""

from datetime import UTC, datetime

import pytest

from agreements.agreement import facts_of
from agreements.facts import MAX_PARTIES, FactsError, case_facts
from cases.case import Numbering, open_case
from cases.commands.casework import Report
from cases.spoken import Spoken

from .conftest import CASE


def test_typed():
    facts = case_facts(CASE)
    assert [party.name for party in facts.parties] == ["李某", "赵某"]
    assert facts.recorder == ""


@pytest.mark.parametrize(
    "change",
    [{"parties": CASE["parties"][:1]}, {"number": ""}, {"colour": "red"}, {"parties": [CASE["parties"][0], CASE["parties"][0]]}],
)
def test_unfit_facts(change):
    with pytest.raises(FactsError):
        case_facts({**CASE, **change})


def test_limits():
    parties = [{"seat": f"p{n}", "name": "李某"} for n in range(MAX_PARTIES)]
    assert len(case_facts({**CASE, "parties": parties}).parties) == MAX_PARTIES
    with pytest.raises(FactsError) as error:
        case_facts({**CASE, "parties": [*parties, {"seat": "one-more", "name": "赵某"}]})
    assert error.value.code == "bad_facts"
    assert "parties" in str(error.value)


def test_a_made_subject_is_no_matter_in_dispute() -> None:
    """Whoever drafts is asked for it: nobody has said yet what it is about."""
    report = Report(title="", facts="", region="139901001", name="郑某", phone="13800005555")
    told = Spoken("s1", "ab" * 32, 42_000, 9_000, "audio/webm")
    case, _ = open_case(report, Numbering("c1", code="HY-A"), datetime(2026, 11, 29, tzinfo=UTC), [], "城关镇", False, spoken=told)
    assert case.title and facts_of(case, "安和县人民调解委员会", {}, "王调解员", {}).disputes == ""
    case.title, case.title_made = "楼上漏水", False
    assert facts_of(case, "安和县人民调解委员会", {}, "王调解员", {}).disputes == "楼上漏水"
