"""What an agreement takes over from its case."""

import pytest

from agreements.facts import MAX_PARTIES, FactsError, case_facts

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
