from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import sdp
from signaling.errors import SdpError

HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"


def test_session_attributes_are_handed_down() -> None:
    text = HEAD + "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789\r\na=setup:actpass\r\na=group:BUNDLE x\r\nm=audio 9 RTP/SAVPF 9\r\na=mid:x\r\n"
    description = sdp.parse(text)
    section = description.sections[0]
    assert (section.ufrag, section.setup, section.mid, description.bundle) == ("abcd", "actpass", "x", ("x",))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("m=audio x RTP/SAVPF 9", "line 5: a media line"),
        ("m=audio 9 RTP/SAVPF " + "9 " * 65 + "9", "formats"),
        ("a=mid:" + "x" * 17, "a=mid cannot be read"),
        ("a=setup:maybe", "setup"),
        ("a=rtpmap:1111 opus/48000", "a=rtpmap has no number up to 127"),
        ("a=rtpmap:11 opus/x", "a=rtpmap"),
        ("a=extmap:999 uri", "extmap"),
        ("a=ssrc:99999999999 cname:x", "ssrc"),
        ("a=ice-ufrag:ä", "ice-ufrag"),
    ],
)
def test_the_line_at_fault_is_named(line: str, message: str) -> None:
    with pytest.raises(SdpError, match=message):
        sdp.parse(HEAD + line + "\r\n")


def test_sizes_are_bounded() -> None:
    with pytest.raises(SdpError, match="64 KiB"):
        sdp.parse("v=0\r\n" + "a=x\r\n" * 20_000)
    with pytest.raises(SdpError, match="media sections"):
        sdp.parse(HEAD + "m=audio 9 RTP/SAVPF 9\r\n" * 129)
    with pytest.raises(SdpError, match="streams"):
        sdp.parse(HEAD + "m=audio 9 RTP/SAVPF 9\r\n" + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(40)))


def test_mids_are_unique() -> None:
    with pytest.raises(SdpError, match="same mid"):
        sdp.parse(HEAD + "m=audio 9 RTP/SAVPF 9\r\na=mid:0\r\nm=video 9 RTP/SAVPF 9\r\na=mid:0\r\n")


NAMES = st.sampled_from(
    [
        "v=0",
        "m=audio 9 RTP/SAVPF 1",
        "a=mid:",
        "a=rtpmap:",
        "a=fmtp:",
        "a=ssrc:",
        "a=extmap:",
        "a=fingerprint:",
        "a=group:BUNDLE ",
        "a=setup:",
    ]
)


@given(st.lists(st.tuples(NAMES, st.text(max_size=20)), max_size=20))
def test_any_text_is_read_or_refused_by_its_type(lines: list[tuple[str, str]]) -> None:
    try:
        sdp.parse("v=0\r\n" + "\r\n".join(name + value for name, value in lines))
    except SdpError:
        pass
