"""What this server negotiates, in its own words: one connection up, one down, each with a fixed offerer, so that there is no glare.

Pure. **Up:** the client offers one audio section, one video section (camera) and, if it likes, a second video section (screen); the
server answers `recvonly` with one codec each. The order of the sections gives the track's kind, its MID identifies it afterwards.
**Down:** the server offers one `sendonly` section per slot, a slot being a (seat, kind) that the viewer watches. Sections are never
removed from a description: a slot that is free goes `inactive` and is given to the next source of its medium.

The browser maps a track it receives by `msid`: stream id = the source's seat, track id = "<seat>:<kind>".

Opus and VP8 come first; H.264 (packetization mode 1) is taken only from a device that offers no VP8. A camera may be sent in several
layers (simulcast, RFC 8853), listed from the smallest to the largest. Retransmissions have streams of their own (RTX, RFC 4588) and
bandwidth is estimated from transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), each where the client has it;
else packets are repeated on their own stream, and REMB tells the bandwidth. The transport is BUNDLE, rtcp-mux, ICE-lite, DTLS passive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from signaling import sdp
from signaling.errors import SdpError

AUDIO, CAMERA, SCREEN = "audio", "camera", "screen"
KINDS = (AUDIO, CAMERA, SCREEN)
MAX_SLOTS = 128
"""Sections of one downlink."""

OPUS, VP8, H264 = "opus", "vp8", "h264"
PAYLOAD_TYPES = {OPUS: 111, VP8: 96, H264: 102}
"""Fixed numbers of the downlink. Up, a client's own numbers hold (RFC 3264 section 6.1)."""
RTX_TYPES = {VP8: 97, H264: 103}
"""Numbers of the retransmissions of each codec on the downlink."""
RTX = "rtx"
TRANSPORT_CC = "transport-cc"
CLOCK_RATES = {OPUS: 48_000, VP8: 90_000, H264: 90_000}

LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
SEND_TIME_ID, TRANSPORT_CC_ID, MID_ID = 2, 3, 4
"""Fixed header extension ids of the downlink (RFC 8285, one-byte form)."""
HEAD = 24
"""Bytes before the payload of every packet of the downlink: RTP's own twelve, and three words of extensions."""

_BITRATES = {AUDIO: 64_000, CAMERA: 1_500_000, SCREEN: 2_500_000}
VOICE_BITRATE, VOICE_PACKET = 24_000, 40
"""bit/s of a voice, and ms of one packet of it: with its headers 38 kbit/s on the line, where a browser's own 32 kbit/s in packets of 20 ms take 59. So a line of
40 kbit/s carries whoever speaks, for 20 ms more of delay."""
_FMTP = {
    OPUS: f"minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate={VOICE_BITRATE}",
    H264: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
}
_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF")
_SEAT = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Server:
    """This side of a connection: ICE credentials, SHA-256 fingerprint, advertised (host, port) candidates, by UDP and, with `tcp`, by TCP."""

    ufrag: str
    password: str
    fingerprint: str
    candidates: tuple[tuple[str, int], ...]
    tcp: bool = False


@dataclass(frozen=True, slots=True)
class UplinkTrack:
    """A track the client sends.

    Those ending in `_id` are header extension ids of this connection, 0 when not negotiated. `rtx_type` is the payload type of
    retransmissions, 0 without; `nacks`: lost packets may be asked for again; `repairs` pairs declared SSRCs with those of their retransmissions. `layers` are the RIDs of simulcast,
    from the smallest picture to the largest; empty for a single stream.
    """

    kind: str
    mid: str
    codec: str
    payload_type: int
    ssrcs: tuple[int, ...] = ()
    level_id: int = 0
    mid_id: int = 0
    transport_cc_id: int = 0
    rtx_type: int = 0
    nacks: bool = True
    repairs: tuple[tuple[int, int], ...] = ()
    layers: tuple[str, ...] = ()
    rid_id: int = 0
    repaired_rid_id: int = 0


@dataclass(frozen=True, slots=True)
class Uplink:
    """The answer to a client's offer, and what follows from it."""

    answer: str
    tracks: tuple[UplinkTrack, ...]
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One section of a downlink. `seat` is the source, empty while the slot is free; `kind` then only tells the medium.

    `rtx_ssrc` carries retransmissions of video; 0 for audio, whose packets are repeated as they were.
    """

    mid: str
    seat: str
    kind: str
    ssrc: int
    rtx_ssrc: int = 0

    @property
    def medium(self) -> str:
        return "audio" if self.kind == AUDIO else "video"


@dataclass(frozen=True, slots=True)
class DownlinkAnswer:
    """What a client made of our offer: per MID the codecs it receives (none for a section it refused).

    `repaired`: MIDs whose retransmissions it takes as streams of their own. `transport_cc`: it sends transport-wide feedback.
    """

    accepted: dict[str, frozenset[str]]
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]
    repaired: frozenset[str] = frozenset()
    transport_cc: bool = False


def answer_up(offer: str, server: Server) -> Uplink:
    """Answer a client's offer for its uplink. Raises `SdpError` that says what is wrong; refuses nothing silently but extra sections."""
    description = sdp.parse(offer)
    if not description.sections:
        raise SdpError("the offer has no media section")
    free = {"audio": [AUDIO], "video": [CAMERA, SCREEN]}
    tracks: list[UplinkTrack] = []
    sections: list[list[str]] = []
    carried: list[str] = []
    for section in description.sections:
        kinds = free.get(section.kind, [])
        if not kinds or not section.open:
            sections.append(refused(section))
            continue
        kind = kinds.pop(0)
        check_transport(section)
        _check_layers(section, kind)
        codec = _choose(section)
        carried.append(section.mid)
        lines, track = _received(section, kind, codec, server)
        sections.append(lines)
        if section.sends:
            tracks.append(track)
    if not carried:
        raise SdpError("the offer has no audio or video section")
    first = next(s for s in description.sections if s.mid == carried[0])
    _check_bundle(description, carried)
    text = session_lines(1, carried) + [line for lines in sections for line in lines]
    return Uplink(join(text), tuple(tracks), first.ufrag, tuple(first.fingerprints))


def offer_down(slots: Sequence[Slot], server: Server, revision: int) -> str:
    """The server's offer for one viewer. `slots` are all sections ever offered on this connection, in order; at least one.

    `revision` counts from 1 and becomes the session version of the description. Raises `ValueError` for slots that break the rules.
    """
    if not 0 < len(slots) <= MAX_SLOTS:
        raise ValueError(f"a downlink has 1 to {MAX_SLOTS} sections")
    text = session_lines(revision, [slot.mid for slot in slots])
    for slot in slots:
        codecs = [OPUS] if slot.kind == AUDIO else [VP8, H264]
        numbers = " ".join(str(number) for c in codecs for number in (PAYLOAD_TYPES[c], RTX_TYPES.get(c)) if number)
        text += [f"m={slot.medium} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0"]
        text += [f"a=mid:{slot.mid}", "a=sendonly" if slot.seat else "a=inactive", *transport_lines(server, "actpass")]
        text += [f"a=extmap:{SEND_TIME_ID} {SEND_TIME_URI}", f"a=extmap:{TRANSPORT_CC_ID} {TRANSPORT_CC_URI}"]
        text += [f"a=extmap:{MID_ID} {MID_URI}"]
        for codec in codecs:
            text += _format(PAYLOAD_TYPES[codec], codec, transport_cc=True, nacks=True)
            if codec in RTX_TYPES:
                text += _retransmission(RTX_TYPES[codec], PAYLOAD_TYPES[codec])
        if slot.seat:
            text += _source(slot)
    return join(text)


def _source(slot: Slot) -> list[str]:
    """The lines that tell whose section it is."""
    if _SEAT.fullmatch(slot.seat) is None:
        raise ValueError("a seat's id has 1 to 64 letters, digits, '-' or '_'")
    name = f"{slot.seat} {slot.seat}:{slot.kind}"
    group = [f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}"] if slot.rtx_ssrc else []
    lines = [f"a=msid:{name}", *group, f"a=ssrc:{slot.ssrc} cname:{slot.seat}", f"a=ssrc:{slot.ssrc} msid:{name}"]
    # After it: a browser takes the first one named for the stream itself.
    return [*lines, f"a=ssrc:{slot.rtx_ssrc} cname:{slot.seat}"] if slot.rtx_ssrc else lines


def read_answer_down(answer: str, slots: Sequence[Slot]) -> DownlinkAnswer:
    """Read a client's answer to `offer_down(slots, …)`. Raises `SdpError`."""
    description = sdp.parse(answer)
    if len(description.sections) != len(slots):
        raise SdpError(f"the answer has {len(description.sections)} sections, the offer {len(slots)}")
    accepted: dict[str, frozenset[str]] = {}
    repaired: set[str] = set()
    transport_cc = False
    transport: sdp.Section | None = None
    for section, slot in zip(description.sections, slots, strict=True):
        if section.kind != slot.medium or (section.mid and section.mid != slot.mid):
            raise SdpError(f"section {slot.mid} is not answered in its place")
        offered = {PAYLOAD_TYPES[c]: c for c in PAYLOAD_TYPES}
        names = {offered[n] for n, c in section.codecs.items() if n in offered and offered[n] == c.name}
        accepted[slot.mid] = frozenset(names) if section.receives else frozenset()
        if names and all(_repairs(section, PAYLOAD_TYPES[name]) == RTX_TYPES.get(name) for name in names):
            repaired.add(slot.mid)
        if section.receives and TRANSPORT_CC_URI in section.extensions:
            transport_cc |= any(section.feeds_back(PAYLOAD_TYPES[name], TRANSPORT_CC) for name in names)
        if section.open and transport is None:
            transport = section
    if transport is None:
        raise SdpError("the answer refuses every section")
    check_transport(transport)
    if transport.setup != "active":
        raise SdpError("the answer must say a=setup:active")
    return DownlinkAnswer(accepted, transport.ufrag, tuple(transport.fingerprints), frozenset(repaired), transport_cc)


def _choose(section: sdp.Section) -> sdp.Codec:
    """The first of our codecs that the section offers."""
    for name in (OPUS,) if section.kind == "audio" else (VP8, H264):
        for codec in section.codecs.values():
            if codec.name == name and codec.clock_rate == CLOCK_RATES[name] and str(codec.payload_type) in section.formats:
                if name == H264 and codec.parameters.get("packetization-mode") != "1":
                    continue
                return codec
    wanted = "Opus" if section.kind == "audio" else "VP8 or H.264 with packetization mode 1"
    raise SdpError(f"section {section.mid} offers no {wanted}")


def _repairs(section: sdp.Section, payload_type: int) -> int:
    """The payload type of the retransmissions of another one (RFC 4588 section 8.6), 0 when the section has none."""
    found = (n for n, c in section.codecs.items() if c.name == RTX and c.parameters.get("apt") == str(payload_type))
    return next((n for n in found if str(n) in section.formats), 0)


def _check_layers(section: sdp.Section, kind: str) -> None:
    if section.layers and kind == AUDIO:
        raise SdpError(f"section {section.mid} sends sound in layers")
    if section.layers and not all(0 < section.extensions.get(uri, 0) < 15 for uri in (MID_URI, RID_URI)):
        raise SdpError(f"section {section.mid} sends layers without the header extensions that name them")


def check_transport(section: sdp.Section) -> None:
    name = section.mid or "0"
    if section.protocol not in _PROTOCOLS:
        raise SdpError(f"section {name} is not protected by DTLS")
    if not section.mid:
        raise SdpError("a section has no mid")
    if not section.rtcp_mux:
        raise SdpError(f"section {name} does not multiplex RTCP")
    if not section.ufrag or not section.password:
        raise SdpError(f"section {name} has no ICE credentials")
    if not section.fingerprints:
        raise SdpError(f"section {name} has no fingerprint of a known hash function")
    if section.setup not in ("actpass", "active"):
        raise SdpError(f"section {name} does not let the server be passive in DTLS")


def _check_bundle(description: sdp.Description, carried: list[str]) -> None:
    if missing := [mid for mid in carried if mid not in description.bundle]:
        raise SdpError(f"section {missing[0]} is outside the bundle")
    transports = {(s.ufrag, tuple(s.fingerprints)) for s in description.sections if s.mid in carried}
    if len(transports) != 1:
        raise SdpError("the sections of one bundle have different transports")


def _received(section: sdp.Section, kind: str, codec: sdp.Codec, server: Server) -> tuple[list[str], UplinkTrack]:
    wanted = [MID_URI, LEVEL_URI] if kind == AUDIO else [MID_URI]
    wanted += [RID_URI, REPAIRED_RID_URI] if section.layers else []
    transport_cc = section.feeds_back(codec.payload_type, TRANSPORT_CC)
    wanted += [TRANSPORT_CC_URI] if transport_cc else []
    ids = {uri: section.extensions[uri] for uri in wanted if 0 < section.extensions.get(uri, 0) < 15}
    rtx = 0 if kind == AUDIO else _repairs(section, codec.payload_type)
    numbers = f"{codec.payload_type} {rtx}" if rtx else str(codec.payload_type)
    lines = [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", f"b=TIAS:{_BITRATES[kind]}"]
    lines += [f"a=mid:{section.mid}", "a=recvonly" if section.sends else "a=inactive", *transport_lines(server, "passive")]
    lines += [f"a=extmap:{number} {uri}" for uri, number in ids.items()]
    nacks = kind != AUDIO or section.feeds_back(codec.payload_type, "nack")
    lines += _format(codec.payload_type, codec.name, transport_cc=TRANSPORT_CC_URI in ids, nacks=nacks)
    if kind == AUDIO:
        lines.append(f"a=ptime:{VOICE_PACKET}")
    if rtx:
        lines += _retransmission(rtx, codec.payload_type)
    if section.layers:
        lines += [*(f"a=rid:{rid} recv" for rid in section.layers), f"a=simulcast:recv {';'.join(section.layers)}"]
    track = UplinkTrack(
        kind,
        section.mid,
        codec.name,
        codec.payload_type,
        ssrcs=tuple(ssrc for ssrc in section.ssrcs if ssrc not in section.repairs.values()),
        level_id=ids.get(LEVEL_URI, 0),
        mid_id=ids.get(MID_URI, 0),
        transport_cc_id=ids.get(TRANSPORT_CC_URI, 0),
        rtx_type=rtx,
        nacks=nacks,
        repairs=tuple(section.repairs.items()),
        layers=tuple(section.layers),
        rid_id=ids.get(RID_URI, 0),
        repaired_rid_id=ids.get(REPAIRED_RID_URI, 0),
    )
    return lines, track


def refused(section: sdp.Section) -> list[str]:
    lines = [f"m={section.kind} 0 {section.protocol} {section.formats[0]}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return [*lines, f"a=mid:{section.mid}"] if section.mid else lines


def session_lines(version: int, mids: list[str]) -> list[str]:
    head = ["v=0", f"o=heyi 1 {version} IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite", f"a=group:BUNDLE {' '.join(mids)}"]
    return [*head, "a=msid-semantic:WMS *"]


def transport_lines(server: Server, setup: str) -> list[str]:
    lines = ["a=rtcp-mux", "a=rtcp-rsize", f"a=ice-ufrag:{server.ufrag}", f"a=ice-pwd:{server.password}"]
    lines += [f"a=fingerprint:sha-256 {server.fingerprint}", f"a=setup:{setup}"]
    for place, (host, port) in enumerate(server.candidates):
        # RFC 8445 section 5.1.2: host candidates of one component, the first address preferred.
        priority = (126 << 24) | ((65535 - place) << 8) | 255
        lines.append(f"a=candidate:{place + 1} 1 udp {priority} {host} {port} typ host")
    for place, (host, port) in enumerate(server.candidates if server.tcp else ()):
        # RFC 6544 section 4.2: below any UDP candidate, since a lost packet holds up all behind it.
        priority = (90 << 24) | (4 << 21) | ((8191 - place) << 8) | 255
        lines.append(f"a=candidate:{len(server.candidates) + place + 1} 1 tcp {priority} {host} {port} typ host tcptype passive")
    return [*lines, "a=end-of-candidates"]


def _format(payload_type: int, codec: str, *, transport_cc: bool, nacks: bool) -> list[str]:
    feedback = [TRANSPORT_CC] if transport_cc else []
    if codec == OPUS:
        feedback += ["nack"] if nacks else []
    else:
        feedback += ["goog-remb", "nack", "nack pli", "ccm fir"]
    return format_lines(payload_type, codec, feedback)


def format_lines(payload_type: int, codec: str, feedback: Sequence[str]) -> list[str]:
    """What describes one payload type and the feedback that is taken on it."""
    name = "opus/48000/2" if codec == OPUS else f"{codec.upper()}/90000"
    lines = [f"a=rtpmap:{payload_type} {name}", *(f"a=rtcp-fb:{payload_type} {kind}" for kind in feedback)]
    return [*lines, f"a=fmtp:{payload_type} {_FMTP[codec]}"] if codec in _FMTP else lines


def _retransmission(payload_type: int, of: int) -> list[str]:
    return [f"a=rtpmap:{payload_type} rtx/90000", f"a=fmtp:{payload_type} apt={of}"]


def join(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
