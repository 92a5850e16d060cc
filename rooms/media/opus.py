"""How long an Opus packet lasts, as its first byte tells (RFC 6716 section 3). Pure."""

from __future__ import annotations

RATE = 48_000
_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)
MAX = 5760
"""Samples of the longest packet: 120 ms."""


def samples(packet: bytes) -> int:
    """Length of a packet in samples at 48 kHz; 20 ms for one that tells no length that can be."""
    if not packet:
        return 960
    mode, shape = packet[0] >> 3, packet[0] & 3
    if mode < 12:
        frame = _SILK[mode & 3]
    elif mode < 16:
        frame = _HYBRID[mode & 1]
    else:
        frame = _CELT[mode & 3]
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[shape]
    return frame * count if 0 < frame * count <= MAX else 960
