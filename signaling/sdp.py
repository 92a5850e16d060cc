"""Session descriptions as values (RFC 8866, RFC 8829): a strict reader of what browsers send.

Pure. Reads only the lines that decide something here and skips the rest; whatever it reads must be well-formed. Writing is done in
`signaling.negotiation`, from the server's own policy and never by echoing a peer's lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from signaling.errors import SdpError

MAX_SDP = 64 * 1024
"""Bytes of UTF-8."""
MAX_SECTIONS = 128
MAX_FORMATS = 64
"""Payload types in one media section."""
MAX_SSRCS = 32
"""Streams declared in one media section."""
MAX_RIDS = 4
"""Layers of one simulcast stream (RFC 8853)."""

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_MEDIA = re.compile(r"(audio|video|application) (\d{1,5}) ([A-Z0-9/]+) (.+)")
_TOKEN = re.compile(r"[!-~]{1,256}")
_MID = re.compile(r"[A-Za-z0-9_.+-]{1,16}")
_ICE = re.compile(r"[A-Za-z0-9+/]{4,256}")
_RID = re.compile(r"[A-Za-z0-9]{1,16}")
_FINGERPRINT = re.compile(r"(sha-256|sha-384|sha-512) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+)", re.I)


@dataclass(slots=True)
class Codec:
    """One payload type. `name` is lower case, as in "vp8"; `parameters` are those of a=fmtp."""

    payload_type: int
    name: str
    clock_rate: int
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Section:
    """One m-line with what belongs to it. `extensions` maps URI to id; `ssrcs` are in order of appearance.

    `feedback` maps a payload type, or "*" for all, to its a=rtcp-fb values; `repairs` maps an SSRC to that of its retransmissions
    (RFC 5576 with FID); `layers` are the RIDs that the section sends by simulcast, in its order.
    """

    kind: str
    port: int
    protocol: str
    formats: list[str]
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    ufrag: str = ""
    password: str = ""
    setup: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    rtcp_mux: bool = False
    bundle_only: bool = False
    feedback: dict[str, set[str]] = field(default_factory=dict)
    repairs: dict[int, int] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether the section is offered at all: port 0 refuses it, unless it is to share another one's port (RFC 9143 section 6)."""
        return self.port != 0 or self.bundle_only

    @property
    def sends(self) -> bool:
        return self.open and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        return self.open and self.direction in ("sendrecv", "recvonly")

    def feeds_back(self, payload_type: int, kind: str) -> bool:
        """Whether feedback of this kind, as in "nack pli", is negotiated for the payload type."""
        return any(kind in self.feedback.get(key, ()) for key in (str(payload_type), "*"))


@dataclass(slots=True)
class Description:
    """A whole description; attributes of the session level have been handed down to its sections."""

    bundle: tuple[str, ...]
    sections: list[Section]


def parse(text: str) -> Description:
    """Read a description. Raises `SdpError` that names the line at fault."""
    if len(text.encode("utf-8", "replace")) > MAX_SDP:
        raise SdpError(f"the description is larger than {MAX_SDP // 1024} KiB")
    lines = text.splitlines()
    if not lines or lines[0] != "v=0":
        raise SdpError("the description does not begin with v=0")
    shared = Section("session", 0, "", [])
    description = Description((), [])
    current = shared
    for number, line in enumerate(lines, 1):
        try:
            if line.startswith("m="):
                current = _media(line[2:], shared)
                description.sections.append(current)
                if len(description.sections) > MAX_SECTIONS:
                    raise SdpError(f"more than {MAX_SECTIONS} media sections")
            elif line.startswith("a=group:BUNDLE"):
                description.bundle = tuple(line.split()[1:])
            elif line.startswith("a="):
                name, _, value = line[2:].partition(":")
                _attribute(current, name, value)
        except SdpError as error:
            raise SdpError(f"line {number}: {error}") from None
    _check_mids(description)
    return description


def _media(value: str, shared: Section) -> Section:
    match = _MEDIA.fullmatch(value)
    if match is None:
        raise SdpError("a media line that cannot be read")
    formats = match[4].split()
    if len(formats) > MAX_FORMATS:
        raise SdpError(f"more than {MAX_FORMATS} formats")
    section = Section(match[1], int(match[2]), match[3], formats)
    section.ufrag, section.password, section.setup = shared.ufrag, shared.password, shared.setup
    section.fingerprints, section.direction = list(shared.fingerprints), shared.direction
    section.extensions = dict(shared.extensions)
    return section


def _attribute(section: Section, name: str, value: str) -> None:
    if name in DIRECTIONS:
        section.direction = name
    elif name == "mid":
        section.mid = _match(_MID, value, "mid")
    elif name == "ice-ufrag":
        section.ufrag = _match(_ICE, value, "ice-ufrag")
    elif name == "ice-pwd":
        section.password = _match(_ICE, value, "ice-pwd")
    elif name == "setup":
        if value not in ("active", "passive", "actpass", "holdconn"):
            raise SdpError("an unknown setup role")
        section.setup = value
    elif name == "fingerprint":
        _add_fingerprint(section, value)
    elif name == "bundle-only":
        section.bundle_only = True
    elif name == "rtcp-mux":
        section.rtcp_mux = True
    elif name == "simulcast":
        section.layers = _sent_layers(value)
    elif name == "rtcp-fb":
        _add_feedback(section, value)
    elif name == "ssrc-group":
        _add_repair(section, value)
    elif name == "extmap":
        _add_extension(section, value)
    elif name == "rtpmap":
        _add_codec(section, value)
    elif name == "fmtp":
        _add_parameters(section, value)
    elif name == "ssrc":
        ssrc = _number(value.split(" ", 1)[0], 0xFFFFFFFF, "ssrc")
        if ssrc not in section.ssrcs:
            section.ssrcs.append(ssrc)
        if len(section.ssrcs) > MAX_SSRCS:
            raise SdpError(f"more than {MAX_SSRCS} streams in one section")


def _add_fingerprint(section: Section, value: str) -> None:
    # Other hash functions are skipped: they prove nothing to us, and a peer must name at least one that does.
    if (match := _FINGERPRINT.fullmatch(value.strip())) is not None and len(section.fingerprints) < 4:
        section.fingerprints.append((match[1].lower(), match[2].upper()))


def _add_extension(section: Section, value: str) -> None:
    identifier, _, uri = value.partition(" ")
    number = _number(identifier.split("/", 1)[0], 255, "extmap")
    section.extensions[_match(_TOKEN, uri.split(" ", 1)[0], "extmap")] = number


def _add_codec(section: Section, value: str) -> None:
    payload_type, _, description = value.partition(" ")
    name, _, rest = description.partition("/")
    number = _number(payload_type, 127, "rtpmap")
    if len(section.codecs) >= MAX_FORMATS:
        raise SdpError(f"more than {MAX_FORMATS} formats")
    section.codecs[number] = Codec(number, _match(_TOKEN, name, "rtpmap").lower(), _number(rest.split("/", 1)[0], 10_000_000, "rtpmap"))


def _add_parameters(section: Section, value: str) -> None:
    payload_type, _, text = value.partition(" ")
    codec = section.codecs.get(_number(payload_type, 127, "fmtp"))
    if codec is not None:
        for item in text.split(";")[:32]:
            key, _, setting = item.strip().partition("=")
            codec.parameters[key.lower()] = setting


def _add_feedback(section: Section, value: str) -> None:
    payload_type, _, kind = value.strip().partition(" ")
    if payload_type != "*":
        _number(payload_type, 127, "rtcp-fb")
    if len(section.feedback) <= MAX_FORMATS and len(kinds := section.feedback.setdefault(payload_type, set())) < 16:
        kinds.add(kind)


def _add_repair(section: Section, value: str) -> None:
    semantics, *ssrcs = value.split()
    if semantics == "FID" and len(ssrcs) == 2 and len(section.repairs) < MAX_SSRCS:
        stream, repair = (_number(ssrc, 0xFFFFFFFF, "ssrc-group") for ssrc in ssrcs)
        section.repairs[stream] = repair


def _sent_layers(value: str) -> list[str]:
    """The RIDs after "send" (RFC 8853 section 5.1): of alternatives the first, whether paused ("~") or not."""
    words = value.split()
    for direction, streams in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            rids = [_match(_RID, stream.split(",")[0].lstrip("~"), "simulcast") for stream in streams.split(";")]
            if len(rids) > MAX_RIDS or len(set(rids)) != len(rids):
                raise SdpError(f"a=simulcast names more than {MAX_RIDS} layers, or one twice")
            return rids
    return []


def _match(pattern: re.Pattern[str], value: str, name: str) -> str:
    if pattern.fullmatch(value) is None:
        raise SdpError(f"a={name} cannot be read")
    return value


def _number(text: str, limit: int, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > limit:
        raise SdpError(f"a={name} has no number up to {limit}")
    return int(text)


def _check_mids(description: Description) -> None:
    mids = [s.mid for s in description.sections if s.mid]
    if len(set(mids)) != len(mids):
        raise SdpError("two sections have the same mid")
