"""How long packets last, by what a decoder makes of them."""

from __future__ import annotations

import av
import pytest

from rooms.media import opus


def packets(milliseconds: float, application: str) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "s16"  # type: ignore[assignment]
    encoder.options = {"frame_duration": str(milliseconds), "application": application, "b": "24000"}
    made: list[bytes] = []
    for number in range(40):
        frame = av.AudioFrame("s16", "mono", 960)
        frame.sample_rate, frame.pts = 48000, number * 960
        frame.planes[0].update(bytes((number * 37 + n * n) % 251 for n in range(1920)))
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made


@pytest.mark.parametrize("application", ["voip", "audio", "lowdelay"])
@pytest.mark.parametrize("milliseconds", [2.5, 5, 10, 20, 40, 60])
def test_a_packet_lasts_as_long_as_it_decodes_to(milliseconds: float, application: str) -> None:
    made = packets(milliseconds, application)
    assert len(made) > 5
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    for packet in made:
        assert opus.samples(packet) == sum(frame.samples for frame in decoder.decode(av.Packet(packet))) == milliseconds * 48


def test_whatever_comes_has_a_length_that_can_be() -> None:
    for first in range(256):
        for second in (b"", b"\0", b"\x3f"):
            assert 120 <= opus.samples(bytes([first]) + second) <= opus.MAX
    assert opus.samples(b"") == 960
