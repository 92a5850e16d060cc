"""The answer to a player that offers what it would receive (WHEP, draft-ietf-wish-whep): a courtroom's screen, VLC, GStreamer. Pure.

A player knows nothing of slots and seats. Its sections are filled as the server sees fit, and change their source without a new negotiation:
each is one stream with one SSRC, whatever comes by it. Its payload types hold (RFC 3264 section 6.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from signaling import sdp
from signaling.errors import SdpError
from signaling.negotiation import (
    CLOCK_RATES,
    H264,
    OPUS,
    VP8,
    Server,
    check_transport,
    format_lines,
    join,
    refused,
    session_lines,
    transport_lines,
)

MAX_SECTIONS = 8
"""Sections that are filled; more are refused."""
_FEEDBACK = ("goog-remb", "nack", "nack pli", "ccm fir")


@dataclass(frozen=True, slots=True)
class PlayedSection:
    """One section that is filled. `medium` is audio or video, `codecs` maps codecs to the player's payload types."""

    mid: str
    medium: str
    codecs: dict[str, int]
    ssrc: int


@dataclass(frozen=True, slots=True)
class Playback:
    answer: str
    sections: tuple[PlayedSection, ...]
    fingerprints: tuple[tuple[str, str], ...]


def answer_player(offer: str, server: Server, ssrcs: list[int]) -> Playback:
    """Answer a player's offer; `ssrcs` are those that its sections get, at least `MAX_SECTIONS`. Raises `SdpError` that says what is wrong."""
    description = sdp.parse(offer)
    lines: list[str] = []
    played: list[PlayedSection] = []
    first: sdp.Section | None = None
    for section in description.sections:
        codecs = _codecs(section)
        if not codecs or not section.receives or len(played) == MAX_SECTIONS:
            lines += refused(section)
            continue
        check_transport(section)
        if first is None:
            first = section
        elif (section.ufrag, section.fingerprints) != (first.ufrag, first.fingerprints) or section.mid not in description.bundle:
            raise SdpError(f"section {section.mid} is outside the bundle")
        part = PlayedSection(section.mid, section.kind, codecs, ssrcs[len(played)])
        played.append(part)
        lines += _filled(section, part, server)
    if first is None:
        raise SdpError("the offer receives neither Opus, VP8 nor H.264")
    text = [*session_lines(1, [part.mid for part in played]), *lines]
    return Playback(join(text), tuple(played), tuple(first.fingerprints))


def _codecs(section: sdp.Section) -> dict[str, int]:
    """Of each of our codecs the first payload type that the section has for it."""
    found: dict[str, int] = {}
    for codec in section.codecs.values():
        if codec.name not in ((OPUS,) if section.kind == "audio" else (VP8, H264)) or codec.clock_rate != CLOCK_RATES[codec.name]:
            continue
        if codec.name == H264 and codec.parameters.get("packetization-mode") != "1":
            continue
        if str(codec.payload_type) in section.formats:
            found.setdefault(codec.name, codec.payload_type)
    return found


def _filled(section: sdp.Section, part: PlayedSection, server: Server) -> list[str]:
    numbers = " ".join(str(number) for number in part.codecs.values())
    lines = [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=sendonly"]
    lines += transport_lines(server, "passive")
    for codec, number in part.codecs.items():
        lines += format_lines(number, codec, [kind for kind in _FEEDBACK if section.feeds_back(number, kind)])
    return [*lines, f"a=msid:heyi {section.kind}{part.mid}", f"a=ssrc:{part.ssrc} cname:heyi"]
