"""What an edit leaves to be found is judged again clause by clause; whose client ids are whose."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agreements.guard import Grant
from agreements.live import LogEntry, make_entry
from agreements.schema import KINDS
from agreements.seed import seed
from evidence.ledger import GENESIS
from rehearsal.hand import Hand
from tests.agreements.test_linter import FACTS
from web import draft as drafts
from web.draft import MAX_CLIENT, Draft

TODAY = date(2026, 11, 27)
NAME = "agreement/c/1"
FIRST = make_entry(NAME, 1, "server", "2026-11-27T00:00:00Z", seed(FACTS), GENESIS)


def test_only_what_changed_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    real = drafts.clause_findings

    def counted(clause: dict[str, Any], *more: Any) -> Any:
        judged.append(clause["id"])
        return real(clause, *more)

    monkeypatch.setattr(drafts, "clause_findings", counted)
    draft = Draft("c", [FIRST], FACTS)
    assert not draft.lint(TODAY)
    assert sorted(judged) == ["performance", "terms-1"]
    hand = Hand(7, draft.live.updates_since())
    judged.clear()
    hand.write("terms-1", "赵某尽快支付1800元。")
    draft.live.propose(hand.take(), Grant("s1", frozenset({7}), may_edit=True, kinds=frozenset(KINDS)), "drafting")
    draft.live.entry("s1", "2026-11-27T00:00:01Z")
    draft.live.commit()
    assert draft.lint(TODAY)
    assert judged == ["terms-1"] and [one.code for one in draft.findings] == ["date_vague", "amount_plain"]
    assert not draft.lint(TODAY)
    assert judged == ["terms-1"]


def written(draft: Draft, client: int, seat: str) -> LogEntry:
    hand = Hand(client, draft.live.updates_since())
    hand.write("terms-1", "再写几个字。")
    draft.live.propose(hand.take(), Grant(seat, frozenset({client}), may_edit=True, kinds=frozenset(KINDS)), "drafting")
    entry = draft.live.entry(seat, "2026-11-27T00:00:01Z")
    draft.live.commit()
    return entry


def test_a_seat_goes_on_under_its_client_id_and_under_nobody_elses() -> None:
    draft = Draft("c", [FIRST], FACTS)
    client = draft.grant_client("s1", 0)
    assert draft.grant_client("s1", client) == client
    assert draft.grant_client("s2", client) != client
    # a node that loads the draft anew knows it from the log, and an id that nobody wrote under is anybody's
    again = Draft("c", [FIRST, written(draft, client, "s1")], FACTS)
    assert again.grant_client("s2", client) != client
    assert again.grant_client("s1", client) == client
    assert again.grant_client("s2", 77) == 77
    assert again.grant_client("s1", 77) != 77


@pytest.mark.parametrize("wish", [-1, 0, 1, MAX_CLIENT + 1, 2**53])
def test_the_servers_client_id_and_impossible_ones_are_granted_to_nobody(wish: int) -> None:
    assert Draft("c", [FIRST], FACTS).grant_client("s1", wish) not in {1, wish}


def test_what_was_changed_before_a_node_loaded_the_draft_counts_as_changed() -> None:
    draft = Draft("c", [FIRST], FACTS)
    own = written(draft, draft.grant_client("s1", 0), "s1")
    again = Draft("c", [FIRST, own], FACTS)
    assert not again.changed_since(1, ["terms-1"], "s1"), "one's own entry"
    assert again.changed_since(1, ["terms-1"], "s2")
    assert not again.changed_since(2, ["terms-1"], "s2")
    again.touched["terms-1"] = {"s1": 3}
    assert (
        again.changed_since(2, ["terms-1"], "s2")
        and not again.changed_since(2, ["terms-2"], "s2")
        and not again.changed_since(3, ["terms-1"], "s2")
    )
