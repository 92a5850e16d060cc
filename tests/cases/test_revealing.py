"""Unmasking: for whom, why, and always with an entry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.data_rights import CHAIN
from cases.errors import Invalid, NotAllowed, NotFound, Refusal
from cases.revealing import KIND, REASONS, reveal
from cases.vocabulary import CaseStage, Role
from tests.cases.test_satisfaction import CENTRE, case

STRANGERS = [
    Actor("account", "chen", "陈调解员", Role.MEDIATOR, "committee", "139901"),
    Actor("account", "elsewhere", "邻县中心", Role.CENTRE, "centre", "139902"),
    Actor("account", "admin", "系统管理员", Role.SYSTEM_ADMIN),
    Actor("reporter", "p1", "李某", case_id="k"),
    Actor("seat", "s2", "赵某", case_id="k", session_id="case-r1"),
    Actor("public", "HY-AAAA-BBBB", ""),
]


def test_what_is_shown_and_what_is_entered() -> None:
    one = case()
    shown, entries = reveal(one, one.parties[0].id, "contact", "", CENTRE)
    assert shown["phone"] == one.parties[0].phone and set(shown) == {"name", "phone", "id_number", "address"}
    assert [(entry.kind, entry.chain) for entry in entries] == [(KIND, CHAIN)]
    assert entries[0].payload == {"by": CENTRE.ledger_name, "party": one.parties[0].id, "reason": "contact"}
    assert not set(shown.values()) - {""} & {str(value) for value in entries[0].payload.values()}, "the entry has none of it"


def test_other_reasons_need_words() -> None:
    with pytest.raises(Invalid):
        reveal(case(), "p1", "other", "  ", CENTRE)
    assert reveal(case(), "p1", "other", "送达文书", CENTRE)[1][0].payload["words"] == "送达文书"
    with pytest.raises(Invalid) as refused:
        reveal(case(), "p1", "", "", CENTRE)
    assert refused.value.code == "reveal_reason"
    with pytest.raises(Invalid):
        reveal(case(), "p1", "contact", "字" * 3000, CENTRE)
    with pytest.raises(NotFound):
        reveal(case(), "p9", "contact", "", CENTRE)


@given(st.sampled_from(STRANGERS), st.sampled_from([*REASONS, "", "nonsense"]), st.sampled_from(list(CaseStage)), st.text(max_size=20))
def test_nobody_else_sees_anything_at_any_stage(actor: Actor, reason: str, stage: CaseStage, words: str) -> None:
    one = case()
    one.stage = stage
    with pytest.raises(Refusal) as refused:
        reveal(one, "p1", reason, words, actor)
    assert isinstance(refused.value, NotAllowed)
