"""Figures have one shape, and goals are not to be exceeded."""

from __future__ import annotations

import json

from benchmarks.figures import as_json, figure, show


def test_a_figure_is_the_median_and_keeps_its_samples() -> None:
    found = figure("fan-out", "s", [3, 1, 2], peer="floor", theirs=[1, 1, 4], goal=2)
    assert (found.value, found.held, found.peer.value) == (2, True, 1)
    assert found.samples == {"ours": [3, 1, 2], "peer": [1, 1, 4]}
    assert figure("fan-out", "s", [3], goal=2).held is False


def test_a_figure_may_be_another_quantile_by_nearest_rank() -> None:
    samples = [float(n) for n in range(200, 0, -1)]
    assert figure("edit_p99", "ms", samples, quantile=0.99).value == 198
    assert figure("edit_p99", "ms", [4, 7], quantile=0.99).value == 7


def test_without_goal_or_peer_they_are_left_out_of_the_json() -> None:
    plain = as_json([figure("a", "ms", [1.0])])
    assert json.loads(json.dumps(plain)) == [{"name": "a", "value": 1.0, "unit": "ms", "samples": {"ours": [1.0], "peer": []}}]


def test_the_table_stays_off_standard_output(capsys) -> None:
    show([figure("a", "ms", [1.0, 2.0], peer="floor", theirs=[1.0], goal=3.0)])
    out, err = capsys.readouterr()
    assert out == ""
    assert "floor: 1" in err


def test_what_is_better_the_more_it_is_has_a_goal_to_be_reached() -> None:
    reached = figure("events", "1/s", [9, 11], goal=10, at_least=True)
    assert (reached.held, figure("events", "1/s", [9], goal=10, at_least=True).held) == (True, False)
    assert as_json([reached])[0]["at_least"] is True
