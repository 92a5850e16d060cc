from __future__ import annotations

import struct

import pytest
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from rooms.media import rtcp
from rooms.media.transport_cc import MAX_TOLD

U32 = st.integers(0, 2**32 - 1)


@given(base=st.integers(0, 65535), steps=st.lists(st.integers(1, 40), max_size=50))
def test_nacks_come_back(base: int, steps: list[int]) -> None:
    lost = [base]
    for step in steps:
        lost.append((lost[-1] + step) & 0xFFFF)
    assert rtcp.parse(rtcp.nack(1, 9, lost)) == [rtcp.Nack(9, tuple(lost))]
    theirs = RtcpPacket.parse(rtcp.nack(1, 9, lost))[0]
    assert isinstance(theirs, RtcpRtpfbPacket) and [n & 0xFFFF for n in theirs.lost] == lost


@given(bitrate=st.integers(1, 2**31))
def test_bandwidth_is_rounded_down_by_its_mantissa(bitrate: int) -> None:
    data = rtcp.bandwidth(1, bitrate, [5, 6])
    theirs = RtcpPacket.parse(data)[0]
    assert isinstance(theirs, RtcpPsfbPacket)
    value, ssrcs = unpack_remb_fci(theirs.fci)
    assert ssrcs == [5, 6] and bitrate * (1 - 2**-17) <= value <= bitrate
    assert rtcp.parse(data) == [rtcp.Bandwidth(min(value, 1_000_000_000))]


@given(ntp=st.integers(0, 2**64 - 1), stamp=U32, lost=st.integers(-(2**23), 2**23 - 1), lsr=U32, delay=U32)
def test_reports_of_another_implementation_are_read(ntp: int, stamp: int, lost: int, lsr: int, delay: int) -> None:
    block = RtcpReceiverInfo(ssrc=3, fraction_lost=64, packets_lost=lost, highest_sequence=1, jitter=2, lsr=lsr, dlsr=delay)
    info = RtcpSenderInfo(ntp_timestamp=ntp, rtp_timestamp=stamp, packet_count=1, octet_count=2)
    expected = rtcp.Reception(3, 0.25, lsr, delay / 65536)
    data = bytes(RtcpSrPacket(ssrc=8, sender_info=info, reports=[block])) + bytes(RtcpRrPacket(ssrc=8, reports=[block]))
    assert rtcp.parse(data) == [rtcp.SenderReport(8, ntp, stamp), expected, expected]


def test_our_reports_are_read_by_another_implementation() -> None:
    data = rtcp.receiver_report(1, [rtcp.ReportBlock(3, 64, 5, 70000, 2, 9, 10)]) + rtcp.sender_report(4, 1 << 40, 5, 6, 7)
    data += rtcp.picture_loss(1, 3)
    first, second, third = RtcpPacket.parse(data)
    assert first.reports[0].packets_lost == 5 and first.reports[0].highest_sequence == 70000
    assert second.sender_info == RtcpSenderInfo(1 << 40, 5, 6, 7)
    assert (third.fmt, third.media_ssrc) == (1, 3)
    assert rtcp.parse(rtcp.picture_loss(1, 3)) == [rtcp.KeyframeRequest(3)]


@given(st.binary(max_size=80))
def test_noise_is_read_or_refused(data: bytes) -> None:
    try:
        rtcp.parse(data)
    except rtcp.RtcpError:
        pass


@given(kind=st.sampled_from([200, 201, 202, 203, 205, 206]), count=st.integers(0, 31), body=st.binary(max_size=60))
def test_any_body_is_read_or_refused(kind: int, count: int, body: bytes) -> None:
    body += bytes(-len(body) % 4)
    data = bytes([0x80 | count, kind]) + (len(body) // 4).to_bytes(2, "big") + body
    try:
        rtcp.parse(data)
    except rtcp.RtcpError:
        pass


def test_a_nack_storm_is_cut() -> None:
    data = rtcp.nack(1, 9, [n * 20 & 0xFFFF for n in range(300)])
    body = bytes([0x81, 205]) + (2 + 300).to_bytes(2, "big") + data[4:12] + b"\x00\x01\xff\xff" * 300
    (report,) = rtcp.parse(body)
    assert isinstance(report, rtcp.Nack) and len(report.lost) == rtcp.MAX_NACKED


def test_a_part_longer_than_the_packet() -> None:
    with pytest.raises(rtcp.RtcpError):
        rtcp.parse(b"\x80\xc9\x00\x09\x00\x00\x00\x00")


def test_feedback_that_claims_much_in_few_bytes_is_refused_and_a_storm_of_it_cut() -> None:
    def feedback(count: int) -> bytes:
        body = struct.pack("!IIHHI", 1, 2, 0, count, 0) + struct.pack("!10H", *[0x1FFF] * 9, 0)
        return struct.pack("!BBH", 0x8F, 205, len(body) // 4) + body

    with pytest.raises(rtcp.RtcpError):
        rtcp.parse(feedback(0xFFFF))
    assert len(rtcp.parse(feedback(MAX_TOLD) * 30)) == rtcp.MAX_FEEDBACKS
