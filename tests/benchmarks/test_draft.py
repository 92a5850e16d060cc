"""Every part of the drafting benchmark does what it says, at a size that proves it and measures nothing."""

from __future__ import annotations

from typing import Any

import pytest
import uvloop
from pycrdt import Doc, XmlElement, merge_updates

from agreements.schema import fragment
from benchmarks import agreements, draft, hub_peers
from benchmarks.draft_sides import TheirWire
from benchmarks.draft_writers import Clockwatch
from benchmarks.figures import Figure


def by_name(found: list[Figure]) -> dict[str, Figure]:
    return {f.name: f for f in found}


@pytest.mark.every
def test_two_write_on_ours_and_on_hocuspocus_in_turns() -> None:
    hub_peers.install()
    found = by_name(uvloop.run(draft.writing(writers=2, rounds=1, seconds=0.4, peers=True)))
    ratio, cost = found["draft.vs_hocuspocus"], found["draft.vs_hocuspocus.cost"]
    assert ratio.goal == 1.0 and cost.peer is not None and cost.peer.name == "Hocuspocus"
    assert ratio.samples["ours"] == pytest.approx([a / b for a, b in zip(*cost.samples.values(), strict=True)], rel=0.05)
    assert found["draft.latency.p99"].goal == 50 and 0 < found["draft.latency.p50"].value <= found["draft.latency.p99"].value
    assert found["draft.cpu_per_1000"].goal == 1.2


@pytest.mark.every
def test_a_long_draft_is_opened() -> None:
    found = by_name(uvloop.run(draft.opening(edits=600, openings=1)))
    assert (found["draft.open"].goal, found["draft.open.memory"].goal) == (10, 2)
    assert found["draft.open"].value > 0


def test_judging_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreements, "SAMPLES", 1)
    assert {"draft.check", "draft.guard.end", "draft.guard.inside"} == by_name(uvloop.run(agreements.judging())).keys()


def test_what_was_merged_is_counted_edit_by_edit_and_nobody_counts_his_own() -> None:
    watch, updates = Clockwatch(), []
    for client in (5, 6):
        doc: Doc[Any] = Doc(client_id=client)
        root = fragment(doc)
        for name in ("paragraph", "field"):
            before = doc.get_state()
            root.children.append(XmlElement(name))
            updates.append(doc.get_update(before))
            watch.goes(client, len(updates) - 2 * (client - 5))
    assert watch.came(merge_updates(*updates), reader=5) == 2
    assert watch.came(merge_updates(*updates), reader=9) == 4
    assert TheirWire("bench").read(TheirWire("bench").update(updates[0])) == updates[0]
    assert TheirWire("bench").read(TheirWire("bench").cursor(updates[0])) is None
    assert len(watch.took) == 6
