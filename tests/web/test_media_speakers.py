"""Who spoke when."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web.media_speakers import NAME, TOGETHER, TOLD_EVERY, Speakers, stretches

REPORTS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(500, 4000)), min_size=1, max_size=40)


@given(REPORTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_report_lies_in_one_stretch_of_its_seat_and_stretches_do_not_come_too_close(
    tmp_path: Path, reports: list[tuple[str, int]]
) -> None:
    (tmp_path / "s").mkdir(exist_ok=True)
    (tmp_path / "s" / NAME).unlink(missing_ok=True)
    speakers, at, said = Speakers(tmp_path), 1_000_000, []
    for seat, pause in reports:
        at += pause
        said.append((seat, at))
        speakers.hear("s", seat, at)
    speakers.end("s")
    speakers.end("s")
    found = stretches(tmp_path / "s")
    for seat, moment in said:
        assert sum(s["seat"] == seat and s["from"] <= moment < s["to"] for s in found) == 1
    assert all(one["seat"] != two["seat"] or two["from"] - one["to"] >= TOGETHER for one, two in pairwise(found))
    assert all(s["to"] - s["from"] >= TOLD_EVERY for s in found)


def test_lines_that_were_torn_are_left_out(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"seat": "a", "from": 1, "to": 2}\n{"seat": "b", "fr\n[1]\nnull\n{"seat": "c", "from": 3, "to": 4}\n')
    assert [s["seat"] for s in stretches(tmp_path)] == ["a", "c"]
    assert stretches(tmp_path / "nowhere") == []
