"""What a camera is told of its layers, what a viewer is told of missing pictures, and which stream carries padding."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rooms.media.down_connection import DownConnection
from rooms.media.forwarding import Track
from rooms.media.view import LESS_AFTER, TOLD_AFTER, TOLD_AGAIN, Offers, Supply, View
from signaling.burst import Way
from signaling.dtls import new_certificate
from signaling.ice_lite import IcePort
from signaling.negotiation import CAMERA, DownlinkAnswer, UplinkTrack

CAMERA_TRACK = UplinkTrack(CAMERA, "1", "vp8", 96, mid_id=4, rtx_type=97, layers=("l", "h"), rid_id=10, repaired_rid_id=11)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def told(supply: Supply, camera: Track, wishes: list[str], begin: float, seconds: float, *, sent: int) -> list[tuple[float, int]]:
    """(seconds since `begin`, layers) of what is told while so many layers are sent."""
    out = []
    for n in range(int(seconds * 10)):
        now = begin + n / 10
        for encoding in camera.encodings[:sent]:
            encoding.heard_at = now
        if (layers := supply.update(camera, wishes, now)) is not None:
            out.append((n / 10, layers))
    return out


def test_a_layer_nobody_can_use_is_stopped_late_and_wanted_again_at_once() -> None:
    supply, camera = Supply(), Track(CAMERA_TRACK)
    assert told(supply, camera, ["full"], 10, 3, sent=2) == []
    ((after, layers),) = told(supply, camera, ["low"], 20, 6, sent=2)
    assert layers == 1 and after == pytest.approx(LESS_AFTER)
    assert told(supply, camera, ["low", "full"], 30, 0.5, sent=1) == [(0, 2)]


def test_a_layer_that_is_wanted_and_does_not_come_is_asked_for_again() -> None:
    """The first word may have gone to a line that was cut just then."""
    supply, camera = Supply(), Track(CAMERA_TRACK)
    told(supply, camera, ["low"], 10, 6, sent=2)
    again = told(supply, camera, ["full"], 20, 9, sent=1)
    assert [layers for _, layers in again] == [2, 2, 2]
    assert again[1][0] == pytest.approx(TOLD_AGAIN, abs=0.2)
    assert told(supply, camera, ["full"], 30, 9, sent=2) == []
    assert told(supply, camera, ["full"], 50, 9, sent=0) == [], "a camera that sends nothing at all is not asked"


@pytest.fixture
async def down() -> AsyncIterator[DownConnection]:
    port = await IcePort.open("127.0.0.1", 0, [], lambda: 100.0, tcp=False)
    made = DownConnection(port, new_certificate(), lambda: 100.0)
    yield made
    made.peer.connected = False
    await made.peer.close()
    port.close()


@pytest.mark.anyio
async def test_padding_goes_by_no_section_that_is_being_freed(down: DownConnection) -> None:
    down.table.want([("a", CAMERA), ("b", CAMERA)])
    down.table.renew()
    everything = frozenset(slot.mid for slot in down.table.slots)
    down.table.answered(DownlinkAnswer(dict.fromkeys(everything, frozenset({"vp8"})), "", (), everything, True))
    down._transport_cc = True
    down.feed({slot.ssrc: (slot, Track(CAMERA_TRACK)) for slot in down.table.slots}, 100.0)
    sent: dict[str, list[bytes]] = {slot.seat: [] for slot in down.table.slots}
    for slot in down.table.slots:
        down.legs[slot.ssrc].way = Way(sent[slot.seat].append)
    down.table.want([("b", CAMERA)])
    down.congestion.silent = down.peer.connected = True
    down.pad(100.0)
    assert (len(sent["a"]), len(sent["b"])) == (0, 1)
    down.table.want([])
    down.pad(101.0)
    assert (len(sent["a"]), len(sent["b"])) == (0, 1)


@pytest.mark.anyio
async def test_that_all_pictures_are_shown_is_told_of_whoever_is_new(down: DownConnection) -> None:
    """Of who was here before, by the same seat, or on a worker that died, may stand that none are."""
    view = View()
    told = [(n, shown) for n in range(30) if (shown := view.adapt(down, {}, None, Offers(100 + n / 10), 100 + n / 10)) is not None]
    assert told == [(round(TOLD_AFTER * 10), "all")], "once, and no more"
    for now, fed in ((110.0, "none"), (120.0, "all")):
        assert [view._tell(fed, now), view._tell(fed, now + TOLD_AFTER), view._tell(fed, now + 2)] == [None, fed, None]  # type: ignore[arg-type]
