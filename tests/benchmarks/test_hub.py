"""The hub's benchmark measures what it says, in small."""

from __future__ import annotations

import pytest

from benchmarks import hub
from benchmarks.hub_server import FRAME_BYTES, TOPIC, patch_of_size
from realtime.messages import Event, encode
from realtime.streams import frame


@pytest.mark.parametrize("offset", [1, 127, 128, 1999])
def test_every_frame_has_the_size_that_is_told(offset: int) -> None:
    assert len(frame(encode(Event(TOPIC, offset, patch_of_size(offset))))) == FRAME_BYTES


def test_every_delivery_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SUBSCRIBERS", 50)
    monkeypatch.setattr(hub, "MESSAGES", 10)
    monkeypatch.setattr(hub, "ROUNDS", 1)
    fan_out, ratio, _ = hub.run()
    assert fan_out.value > 0
    assert len(fan_out.samples["ours"]) == len(fan_out.samples["peer"]) == len(ratio.samples["ours"]) == 1
