"""Who spoke when."""

from __future__ import annotations

import asyncio
import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web import media_speakers
from web.media_speakers import NAME, TOGETHER, TOLD_EVERY, Speakers, noted, read, stretches, vouched

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
    told = asyncio.run(noted(tmp_path / "s"))
    assert told and vouched(read(tmp_path / "s"), [told]) == "yes"
    found = stretches(tmp_path / "s")
    for seat, moment in said:
        assert sum(s["seat"] == seat and s["from"] <= moment < s["to"] for s in found) == 1
    assert all(one["seat"] != two["seat"] or two["from"] - one["to"] >= TOGETHER for one, two in pairwise(found))
    assert all(s["to"] - s["from"] >= TOLD_EVERY for s in found)


def test_lines_that_were_torn_are_left_out(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"seat": "a", "from": 1, "to": 2}\n{"seat": "b", "fr\n[1]\nnull\n{"seat": "c", "from": 3, "to": 4}\n')
    assert [s["seat"] for s in stretches(tmp_path)] == ["a", "c"]
    assert stretches(tmp_path / "nowhere") == []


def test_the_ledger_vouches_for_what_was_entered() -> None:
    lines = [json.dumps({"seat": seat, "from": 1, "to": 2}).encode() + b"\n" for seat in "abc"]
    first, whole = lines[0], b"".join(lines)

    def entry(data: bytes) -> dict[str, object]:
        return {"session": "s", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    assert vouched(whole, [entry(first), entry(whole)]) == "yes"
    assert vouched(whole, [entry(first)]) == "partly", "what came after it is nobody's word"
    assert vouched(whole, []) == "partly"
    assert vouched(whole.replace(b'"a"', b'"b"'), [entry(first), entry(whole)]) == "no"
    assert vouched(first, [entry(first), entry(whole)]) == "no", "lines were taken away"
    assert vouched(b"", [entry(whole)]) == "no"


def test_it_is_bounded_and_a_disk_that_does_not_take_it_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speakers = Speakers(tmp_path)
    speakers.hear("nowhere", "a", 1)
    speakers.end("nowhere")
    assert asyncio.run(noted(tmp_path / "nowhere")) is None
    (tmp_path / "s").mkdir()
    monkeypatch.setattr(media_speakers, "MAX_BYTES", 100)
    for at in range(0, 100_000, 5000):
        speakers.hear("s", "a", at)
    told = asyncio.run(noted(tmp_path / "s"))
    assert told and 100 <= told["bytes"] < 200
