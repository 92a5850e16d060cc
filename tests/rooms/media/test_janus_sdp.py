"""Whose track is in which section of a Janus's offer, in our own words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.janus_sdp import check_answer, name_tracks
from signaling import sdp
from signaling.errors import SdpError

SEATS = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
TRACKS = st.tuples(SEATS, st.sampled_from(["audio", "camera", "screen"]))


def offer(count: int) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 10.0.0.1", "s=VideoRoom 7", "t=0 0", "a=group:BUNDLE " + " ".join(map(str, range(count)))]
    for mid in range(count):
        lines += ["m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 10.0.0.1", "a=sendonly", f"a=mid:{mid}", "a=rtcp-mux", "a=ice-ufrag:abcd"]
        lines += ["a=ice-pwd:abcdefghijklmnopqrstuv", "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=setup:actpass"]
        lines += [
            "a=rtpmap:96 VP8/90000",
            "a=msid:janus janus0",
            f"a=ssrc:{1000 + mid} cname:janus",
            f"a=ssrc:{1000 + mid} msid:janus janus0",
        ]
    return "\r\n".join(lines) + "\r\n"


@given(st.integers(1, 8), st.dictionaries(st.integers(0, 9).map(str), TRACKS))
def test_every_section_names_its_track_and_no_other(count: int, tracks: dict[str, tuple[str, str]]) -> None:
    named = name_tracks(offer(count), tracks)
    found = dict(re.findall(r"a=ssrc:(\d+) msid:(\S+ \S+)\r\n", named))
    assert found == {str(1000 + int(mid)): f"{s} {s}:{k}" for mid, (s, k) in tracks.items() if int(mid) < count}
    assert re.findall(r"a=msid:(\S+ \S+)\r\n", named) == list(dict(sorted(found.items())).values())
    assert "janus0" not in named
    # Nothing else is touched.
    before, after = sdp.parse(offer(count)), sdp.parse(named)
    assert [(s.mid, s.direction, s.ufrag, s.ssrcs) for s in before.sections] == [
        (s.mid, s.direction, s.ufrag, s.ssrcs) for s in after.sections
    ]


def test_what_cannot_be_an_answer_is_refused() -> None:
    check_answer(offer(2), offer(2))
    with pytest.raises(SdpError, match="1 sections, the offer 2"):
        check_answer(offer(1), offer(2))
    with pytest.raises(SdpError, match="no connection"):
        check_answer(re.sub("m=video 9", "m=video 0", offer(2)), offer(2))
    with pytest.raises(SdpError):
        check_answer("hello", offer(1))
