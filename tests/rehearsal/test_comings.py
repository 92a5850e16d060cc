"""A short while of people who come to rooms and go; `soak` does it for hours."""

from __future__ import annotations

import pytest

from rehearsal.comings import Comings, come_and_go


def test_nothing_is_left_behind() -> None:
    outcome = come_and_go(7, 5.0, least=40)
    assert outcome.faults == []
    assert "come" in outcome.happened and {"leave", "vanish"} & outcome.happened.keys() and sum(outcome.happened.values()) >= 40
    assert min(outcome.memory) > 10 << 20


def test_what_is_left_behind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has not gone at the end keeps connections, which the judgement must see."""
    close, rounds = Comings._close, 0

    async def forgetful(self: Comings, room: object) -> None:
        nonlocal rounds
        rounds += 1
        if rounds <= 3:
            await close(self, room)  # type: ignore[arg-type]

    async def only_come(self: Comings, room: object) -> None:
        if len(room.peers) < 2:  # type: ignore[attr-defined]
            await self._come(room, f"s{len(room.peers)}")  # type: ignore[arg-type, attr-defined]

    monkeypatch.setattr(Comings, "_step", only_come)
    monkeypatch.setattr(Comings, "_close", forgetful)
    outcome = come_and_go(7, 4.0)
    assert any("tasks were left" in fault for fault in outcome.faults), outcome
