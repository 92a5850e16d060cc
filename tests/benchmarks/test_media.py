"""Every part of the media's benchmark does what it says, at a size that proves it and measures nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import media, media_forward, media_lines, media_recording, media_rooms, media_seek, media_sessions, media_sync
from benchmarks.figures import Figure
from benchmarks.load import LoadPeer
from benchmarks.media_clip import AUDIO_BITRATE, MAX_PAYLOAD, SECONDS, VIDEO_BITRATE, clip
from benchmarks.media_engines import Engine, Janus, Ours, cpu_of
from rooms.media import rtp


def measured(part: Awaitable[list[Figure]]) -> dict[str, Figure]:
    return {f.name: f for f in uvloop.run(part)}


def test_the_clip_is_what_it_says() -> None:
    video = sum(len(payload) for frame in clip().video for payload in frame)
    assert video * 8 / SECONDS == pytest.approx(VIDEO_BITRATE, rel=0.1)
    assert sum(map(len, clip().audio)) * 8 / SECONDS == pytest.approx(AUDIO_BITRATE, rel=0.05)
    assert max(len(payload) for frame in clip().video for payload in frame) <= MAX_PAYLOAD + 1
    assert rtp.begins_keyframe("vp8", clip().video[0][0]) and not rtp.begins_keyframe("vp8", clip().video[1][0])


@pytest.mark.every
def test_forwarding_is_measured_beside_janus_in_turns() -> None:
    found = measured(media_forward.beside_janus(3, 2, rounds=1, seconds=0.5))
    ratio, cost = found["media.forward.3x2.vs_janus"], found["media.forward.3x2.cost"]
    assert [len(s) for s in (ratio.samples["ours"], cost.samples["ours"], cost.samples["peer"])] == [1, 1, 1]
    assert cost.peer.name == "Janus VideoRoom"
    assert found["media.forward.3x2.cost_2_loops"].peer.name == "Janus VideoRoom, 2 event loops"


def test_forwarding_is_measured_beside_a_relay() -> None:
    found = measured(media_forward.beside_relay(1, rounds=1, seconds=0.5))
    assert found["media.forward.1x1.vs_relay"].goal == 0.05
    assert found["media.forward.1x1.vs_relay.cost"].peer.name == "aiortc MediaRelay"


@pytest.mark.parametrize("engine", [Ours, Janus])
def test_every_packet_arrives_and_the_cipher_is_the_same(engine: type[Engine]) -> None:
    async def watch() -> None:
        measured = engine()
        try:
            await measured.start()
            await measured.gather(2, 2)
            await media_forward.slice_of(measured, 2, 0.2, warm=True)
            _, delivered = await media_forward.slice_of(measured, 2, 0.5)
            assert delivered > 100
            # `connect` refuses any profile but one.
            assert {p._secure._dtls._ssl.get_selected_srtp_profile() for p in (*measured.up, *measured.down)} == {b"SRTP_AEAD_AES_128_GCM"}
            assert all(len(p.heads) == 4 for p in measured.down)
        finally:
            await measured.stop()

    uvloop.run(watch())


@pytest.mark.every
def test_an_engine_that_loses_packets_is_no_measurement() -> None:
    class Lossy(Ours):
        def delivered(self) -> int:
            return super().delivered() * 9 // 10

    with pytest.raises(AssertionError, match="packets arrived"):
        uvloop.run(media_forward.compare([Lossy()], 1, 1, 1, 0.3))


@pytest.mark.every
def test_rooms_and_latency() -> None:
    found = measured(media_rooms.rooms(most=2, step=1, rounds=2, seconds=0.5))
    assert found["media.rooms_per_core"].at_least and found["media.rooms_per_core"].goal == 10
    p50, p99 = found["media.latency.p50"], found["media.latency.p99"]
    assert len(p50.samples["ours"]) == len(p99.samples["ours"]) == 2
    assert 0 < p50.value <= p99.value
    assert found["media.latency.load"].value > 0


@given(st.floats(0.001, 0.1), st.floats(0, 0.2))
def test_capacity_is_where_the_line_reaches_the_share(slope: float, base: float) -> None:
    counts = [3, 6, 9]
    fitting = media_rooms.rooms_in(0.6, counts, [base + slope * n for n in counts])
    assert base + slope * fitting == pytest.approx(0.6)


@pytest.mark.every
def test_a_recording_adds_something_and_is_measured_beside_another_recorder() -> None:
    found = measured(media_recording.recording(2, samples=1, seconds=0.5, peer_seconds=1))
    cpu, ratio, cost = (found[f"recording.{name}"] for name in ("cpu", "vs_mediarecorder", "vs_mediarecorder.cost"))
    assert (cpu.unit, cpu.goal, ratio.goal) == ("CPU s/participant-minute", 0.15, 0.01)
    assert cost.peer is not None and cost.peer.name == "aiortc MediaRecorder" and cost.peer.value > 1


@pytest.mark.every
def test_a_recording_is_looked_at_for_what_is_out_of_step() -> None:
    found = measured(media_sync.av_offset(20.0, 200.0))["recording.av_offset"]
    assert found.value == max(found.samples["ours"]) and found.goal == 40


@pytest.mark.every
@pytest.mark.browser
def test_jumps_are_measured_in_a_real_page() -> None:
    found = measured(media_seek.seeks(minutes=0.4, jumps=2))
    assert 0 < found["recording.seek"].value < 5000


def test_the_cpu_of_a_process_has_all_its_threads() -> None:
    used = sum(os.times()[:2])
    assert cpu_of(os.getpid()) == pytest.approx(used, abs=0.05)


def test_a_pause_sends_nothing_and_numbers_go_on() -> None:
    async def watch() -> None:
        engine = Ours()
        try:
            await engine.start()
            await engine.gather(1, 1)
            (peer,) = engine.up
            peer.play(0)
            await asyncio.sleep(0.2)
            peer.pause()
            sent = peer.sent
            await asyncio.sleep(0.1)
            assert peer.sent == sent > 0
            peer.play(0)
            await asyncio.sleep(0.2)
            seat = (await engine.media.stats("bench"))["seats"]["p0"]["up"]
            assert peer.sent > sent and seat["audio"]["lost"] == seat["camera"]["lost"] == 0
        finally:
            await engine.stop()

    uvloop.run(watch())


def test_parts_by_the_names_of_their_figures() -> None:
    alone, beside = media.parts(peers=False), media.parts(peers=True)
    assert list(alone) == list(beside)
    assert alone["media.latency"] is alone["media.rooms_per_core"], "one part, measured once"
    recording = media.recording_parts()
    assert recording["recording.cpu"] is recording["recording.vs_mediarecorder"]
    assert all(name.startswith("recording.") for name in recording)


def test_a_light_peer_offers_one_cipher_alone() -> None:
    assert [p.openssl_profile for p in LoadPeer()._secure._dtls._srtp_profiles] == [b"SRTP_AEAD_AES_128_GCM"]


def test_a_line_loses_what_it_is_told_to() -> None:
    (frozen, gap) = uvloop.run(media_lines.losses(rounds=1, seconds=2.0))
    assert (frozen.name, gap.name) == ("media.loss5.frozen", "media.loss5.audio_gap")
    assert frozen.value < 40 and gap.value < 200


@pytest.mark.every
def test_another_network_brings_media_back() -> None:
    (gap,) = uvloop.run(media_lines.restart(rounds=1))
    assert 0 < gap.value < 5


@pytest.mark.every
def test_a_session_is_joined_and_survives_its_worker() -> None:
    found = measured(media_sessions.sessions(joins=3, kills=1))
    assert found["media.join.p50"].value > 0 and found["media.join.p95"].value > 0
    assert 0 < found["media.worker_killed.gap"].value < 15
