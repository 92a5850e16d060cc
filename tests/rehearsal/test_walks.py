"""A bounded seed of the walk through a whole installation; `run.py soak` goes ten thousand steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.walks import NEEDS, action_of, commands, walk

pytestmark = pytest.mark.anyio


async def test_nobody_does_what_is_forbidden_and_all_pages_come_to_what_there_is(tmp_path: Path) -> None:
    walked = await walk(tmp_path / "data", 7, 400)
    assert walked.faults == []
    assert {"session notice", "session statements", "agreed", "closed"} <= walked.stages.keys(), (
        "it gets to the end of a mediation, and past it"
    )
    assert walked.steps == 400 and sum(walked.done.values()) > 12 and len(walked.refused) > 10


def test_every_command_of_the_protocol_is_tried() -> None:
    tags = {str(one.__struct_config__.tag) for one in commands()}
    assert NEEDS.keys() <= tags and all(action_of(one) for one in commands())
