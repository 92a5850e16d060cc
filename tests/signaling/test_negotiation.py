from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import SdpError
from signaling.negotiation import AUDIO, CAMERA, KINDS, MAX_SLOTS, SCREEN, Server, Slot, answer_up, offer_down, read_answer_down

PRINT = ":".join(["AB"] * 32)
SERVER = Server("0123abcd", "f" * 32, PRINT, (("192.0.2.1", 5000), ("2001:db8::1", 5000)))
COMMON = (
    "c=IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=ice-ufrag:theirs\r\na=ice-pwd:0123456789012345678901\r\n"
    f"a=fingerprint:sha-256 {PRINT}\r\na=setup:actpass\r\na=sendonly\r\n"
)
AUDIO_SECTION = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\na=mid:0\r\n"
    + COMMON
    + (
        "a=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        "a=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:77 cname:x\r\n"
    )
)


def video(mid: str, codecs: str = "a=rtpmap:98 VP9/90000\r\na=rtpmap:96 VP8/90000\r\n", extra: str = "") -> str:
    return f"m=video 9 UDP/TLS/RTP/SAVPF 98 96 102 103\r\na=mid:{mid}\r\n" + COMMON + codecs + extra


def offer(*sections: str, bundle: str | None = None) -> str:
    mids = bundle if bundle is not None else " ".join(str(n) for n in range(len(sections)))
    return f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\n" + "".join(sections)


def test_audio_camera_and_screen_in_their_order() -> None:
    up = answer_up(offer(AUDIO_SECTION, video("1"), video("2")), SERVER)
    assert [(t.kind, t.mid, t.codec, t.payload_type) for t in up.tracks] == [
        (AUDIO, "0", "opus", 111),
        (CAMERA, "1", "vp8", 96),
        (SCREEN, "2", "vp8", 96),
    ]
    assert (up.tracks[0].level_id, up.tracks[0].mid_id, up.tracks[0].ssrcs) == (14, 9, (77,))
    read = SessionDescription.parse(up.answer)
    assert [m.direction for m in read.media] == ["recvonly"] * 3
    assert all(m.dtls.role == "server" and len(m.ice_candidates) == 2 for m in read.media)


def test_sound_repairs_itself_and_costs_nothing_in_silence() -> None:
    """In-band FEC and DTX (RFC 7587 section 6.1): asked of whoever sends to us, and told to whoever receives, since a browser sends neither unasked."""
    described = [
        SessionDescription.parse(answer_up(offer(AUDIO_SECTION), SERVER).answer),
        SessionDescription.parse(offer_down(SLOTS, SERVER, 1)),
    ]
    for read in described:
        (opus,) = read.media[0].rtp.codecs
        assert opus.name == "opus" and {name: str(opus.parameters.get(name)) for name in ("useinbandfec", "usedtx")} == {
            "useinbandfec": "1",
            "usedtx": "1",
        }


def test_a_third_video_is_refused_in_its_place() -> None:
    up = answer_up(offer(AUDIO_SECTION, video("1"), video("2"), video("3")), SERVER)
    assert [m.port for m in SessionDescription.parse(up.answer).media] == [9, 9, 9, 0]


def test_a_section_that_shares_a_port_is_offered_with_port_0() -> None:
    """As Firefox offers every section but the first."""
    shared = video("1").replace("m=video 9", "m=video 0").replace("a=mid:1\r\n", "a=mid:1\r\na=bundle-only\r\n")
    up = answer_up(offer(AUDIO_SECTION, shared), SERVER)
    assert [t.kind for t in up.tracks] == [AUDIO, CAMERA] and [m.port for m in SessionDescription.parse(up.answer).media] == [9, 9]
    refused = answer_up(offer(AUDIO_SECTION, video("1").replace("m=video 9", "m=video 0")), SERVER)
    assert [t.kind for t in refused.tracks] == [AUDIO]


def test_h264_only_where_nothing_else_is_offered() -> None:
    h264 = "a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=0\r\na=rtpmap:103 H264/90000\r\na=fmtp:103 packetization-mode=1\r\n"
    assert answer_up(offer(AUDIO_SECTION, video("1", h264)), SERVER).tracks[1].payload_type == 103
    both = "a=rtpmap:103 H264/90000\r\na=fmtp:103 packetization-mode=1\r\na=rtpmap:96 VP8/90000\r\n"
    assert answer_up(offer(AUDIO_SECTION, video("1", both)), SERVER).tracks[1].codec == "vp8"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (offer(), "no media section"),
        (offer("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n"), "no audio or video"),
        (offer(AUDIO_SECTION, video("1", extra="a=simulcast:send a;b\r\n")), "header extensions"),
        (offer(AUDIO_SECTION + "a=simulcast:send a;b\r\n"), "sound in layers"),
        (offer(AUDIO_SECTION, video("1", extra="a=simulcast:send a;b;c;d;e\r\n")), "more than 4 layers"),
        (offer(AUDIO_SECTION, video("1", extra="a=simulcast:send a;a\r\n")), "one twice"),
        (offer(AUDIO_SECTION, video("1", "a=rtpmap:98 VP9/90000\r\n")), "offers no VP8 or H.264"),
        (offer(AUDIO_SECTION.replace("a=rtcp-mux\r\n", "")), "RTCP"),
        (offer(AUDIO_SECTION.replace("sha-256", "md5")), "fingerprint"),
        (offer(AUDIO_SECTION.replace("actpass", "passive")), "passive in DTLS"),
        (offer(AUDIO_SECTION.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")), "not protected"),
        (offer(AUDIO_SECTION, video("1"), bundle="0"), "outside the bundle"),
        (offer(AUDIO_SECTION, video("1").replace("theirs", "other")), "different transports"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(SdpError, match=message):
        answer_up(text, SERVER)


CHROMIUM = (
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack\r\na=rtpmap:102 rtx/90000\r\na=fmtp:102 apt=96\r\n"
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
)


def test_layers_retransmissions_and_feedback_are_taken_where_they_are_offered() -> None:
    up = answer_up(offer(AUDIO_SECTION, video("1", CHROMIUM, "a=rid:l send\r\na=rid:h send\r\na=simulcast:send l;~h\r\n")), SERVER)
    camera = up.tracks[1]
    assert (camera.layers, camera.rtx_type, camera.transport_cc_id, camera.rid_id, camera.repaired_rid_id) == (("l", "h"), 102, 3, 10, 11)
    for line in (
        "m=video 9 UDP/TLS/RTP/SAVPF 96 102",
        "a=simulcast:recv l;h",
        "a=rid:h recv",
        "a=rtcp-fb:96 transport-cc",
        "a=fmtp:102 apt=96",
    ):
        assert line in up.answer.splitlines()
    assert not up.tracks[0].nacks and "a=rtcp-fb:111 nack" not in up.answer, "what was not offered is not answered"
    plain = answer_up(offer(AUDIO_SECTION, video("1", extra="a=ssrc-group:FID 5 6\r\na=ssrc:5 cname:x\r\na=ssrc:6 cname:x\r\n")), SERVER)
    assert (plain.tracks[1].layers, plain.tracks[1].rtx_type, plain.tracks[1].transport_cc_id) == ((), 0, 0)
    assert (plain.tracks[1].ssrcs, plain.tracks[1].repairs) == ((5,), ((5, 6),))
    assert "simulcast" not in plain.answer and "rtx" not in plain.answer


SLOTS = [Slot("0", "seat-a", AUDIO, 1), Slot("1", "seat-a", CAMERA, 2), Slot("2", "", CAMERA, 3)]


def test_a_downlink_names_its_sources() -> None:
    read = SessionDescription.parse(offer_down(SLOTS, SERVER, 3))
    assert [m.direction for m in read.media] == ["sendonly", "sendonly", "inactive"]
    assert [m.msid for m in read.media] == ["seat-a seat-a:audio", "seat-a seat-a:camera", None]
    assert [[s.ssrc for s in m.ssrc] for m in read.media] == [[1], [2], []]
    assert [c.name for c in read.media[1].rtp.codecs] == ["VP8", "rtx", "H264", "rtx"]


def test_the_answer_says_what_is_taken() -> None:
    text = offer_down(SLOTS, SERVER, 1).replace("a=setup:actpass", "a=setup:active").replace("a=sendonly", "a=recvonly")
    text = text.replace("a=rtpmap:102 H264/90000\r\n", "")
    answer = read_answer_down(text, SLOTS)
    assert answer.accepted == {"0": frozenset({"opus"}), "1": frozenset({"vp8"}), "2": frozenset()}
    assert "1" in answer.repaired and answer.transport_cc
    old = read_answer_down("\r\n".join(line for line in text.splitlines() if "rtx" not in line and "transport" not in line) + "\r\n", SLOTS)
    assert not old.repaired & {"1"} and not old.transport_cc
    with pytest.raises(SdpError, match="3 sections, the offer 2"):
        read_answer_down(text, SLOTS[:2])
    with pytest.raises(SdpError, match="setup:active"):
        read_answer_down(text.replace("setup:active", "setup:actpass"), SLOTS)


def test_a_downlink_is_bounded() -> None:
    with pytest.raises(ValueError, match="1 to"):
        offer_down([], SERVER, 1)
    with pytest.raises(ValueError, match="1 to"):
        offer_down(SLOTS * MAX_SLOTS, SERVER, 1)
    with pytest.raises(ValueError, match="seat's id"):
        offer_down([Slot("0", "a\r\na=x", AUDIO, 1)], SERVER, 1)
    assert len(offer_down([Slot(str(n), "s" * 64, KINDS[n % 3], n) for n in range(MAX_SLOTS)], SERVER, 1)) < 256 * 1024


@given(st.binary(max_size=400), st.integers(0, 5000))
def test_a_damaged_offer_is_answered_or_refused_by_its_type(noise: bytes, place: int) -> None:
    whole = offer(AUDIO_SECTION, video("1"))
    place %= len(whole)
    try:
        answer_up(whole[:place] + noise.decode("latin-1") + whole[place + len(noise) :], SERVER)
    except SdpError:
        pass
