"""A bounded seed of the walk through a whole installation; `run.py soak` goes ten thousand steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal import soak
from rehearsal.trying import COMMANDS, ENDING, NEEDS, action_of, tag_of
from rehearsal.walks import Walked, walk

pytestmark = pytest.mark.anyio


async def test_nobody_does_what_is_forbidden_and_all_pages_come_to_what_there_is(tmp_path: Path) -> None:
    walked = await walk(tmp_path / "data", 7, 400)
    assert walked.faults == []
    reached = {"session notice", "session statements", "session confirmation", "agreed", "closed"}
    assert reached <= walked.stages.keys(), "it gets to the end of a mediation, and past it"
    assert walked.steps == 400 and len(walked.refused) > 10
    assert len(walked.tried) >= 100, f"tried by somebody who may; never: {walked.never}"
    assert len(walked.done) >= 50 and sum(walked.done.values()) > 120
    assert set(walked.never) == {tag_of(one) for one in COMMANDS} - walked.tried.keys()


async def test_the_same_seed_tries_the_same_things(tmp_path: Path) -> None:
    one, other = [await walk(tmp_path / name, 3, 60) for name in ("one", "other")]
    assert one == other and len(one.tried) > 20


def test_a_walk_that_left_a_command_out_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    for never, ok in (([], True), (["seal"], False)):
        monkeypatch.setattr(soak, "_walk", lambda seed, never=never: Walked(seed, never=never))
        assert soak.soak(0, 7, "walks")["ok"] is ok


def test_every_command_of_the_protocol_is_tried() -> None:
    tags = {tag_of(one) for one in COMMANDS}
    assert NEEDS.keys() | ENDING <= tags and all(action_of(one) for one in COMMANDS)
