"""What an edit leaves to be found is judged again clause by clause."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agreements.guard import Grant
from agreements.live import LiveDocument, make_entry
from agreements.schema import KINDS
from agreements.seed import seed
from evidence.ledger import GENESIS
from rehearsal.hand import Hand
from tests.agreements.test_linter import FACTS
from web import drafting
from web.drafting import Draft

TODAY = date(2026, 11, 27)
NAME = "agreement/c/1"


def test_only_what_changed_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    real = drafting.clause_findings

    def counted(clause: dict[str, Any], *more: Any) -> Any:
        judged.append(clause["id"])
        return real(clause, *more)

    monkeypatch.setattr(drafting, "clause_findings", counted)
    draft = Draft(LiveDocument(NAME, make_entry(NAME, 1, "server", "2026-11-27T00:00:00Z", seed(FACTS), GENESIS)), FACTS)
    assert not draft.lint(TODAY)
    assert sorted(judged) == ["performance", "terms-1"]
    hand = Hand(7, draft.live.updates_since())
    judged.clear()
    hand.write("terms-1", "赵某尽快支付1800元。")
    draft.live.propose(hand.take(), Grant("s1", frozenset({7}), may_edit=True, kinds=frozenset(KINDS)), "drafting")
    draft.live.commit(draft.live.entry("s1", "2026-11-27T00:00:01Z"))
    assert draft.lint(TODAY)
    assert judged == ["terms-1"] and [one.code for one in draft.findings] == ["date_vague", "amount_plain"]
    assert not draft.lint(TODAY)
    assert judged == ["terms-1"]
