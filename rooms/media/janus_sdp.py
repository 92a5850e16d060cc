"""What Janus writes into its offers, in our words: the browser finds a track's seat and kind in `msid`. Pure.

Janus names publishers by its own ids there. Its offer is only read by our client, so the lines can be replaced; the answer goes back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from signaling import sdp
from signaling.errors import SdpError

_SECTION = re.compile(r"(?=^m=)", re.M)
_MID = re.compile(r"^a=mid:(\S+)", re.M)
_SSRC = re.compile(r"^a=ssrc:(\d+) cname", re.M)


def name_tracks(offer: str, tracks: Mapping[str, tuple[str, str]]) -> str:
    """The offer with `a=msid:<seat> <seat>:<kind>` in the sections of `tracks` (MID → seat, kind), and without any msid elsewhere."""
    head, *sections = _SECTION.split(offer.replace("\r\n", "\n"))
    return (head + "".join(_named(section, tracks) for section in sections)).replace("\n", "\r\n")


def _named(section: str, tracks: Mapping[str, tuple[str, str]]) -> str:
    lines = [line for line in section.splitlines() if not line.startswith("a=msid:") and " msid:" not in line]
    mid, ssrc = _MID.search(section), _SSRC.search(section)
    if mid is not None and (track := tracks.get(mid[1])) is not None:
        seat, kind = track
        lines.append(f"a=msid:{seat} {seat}:{kind}")
        if ssrc is not None:
            lines.append(f"a=ssrc:{ssrc[1]} msid:{seat} {seat}:{kind}")
    return "\n".join(lines) + "\n"


def check_answer(answer: str, offer: str) -> None:
    """Raises `SdpError` when this cannot be an answer to the offer."""
    offered, answered = sdp.parse(offer).sections, sdp.parse(answer).sections
    if len(offered) != len(answered):
        raise SdpError(f"the answer has {len(answered)} sections, the offer {len(offered)}")
    if not any(section.port and section.ufrag and section.fingerprints for section in answered):
        raise SdpError("the answer carries no connection")
