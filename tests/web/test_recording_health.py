"""What is wrong with recordings, as it is shown in a room and told to the operator: the same at every moment."""

from __future__ import annotations

from typing import Any

from rooms.media import protocol
from web.recording_health import CANNOT_BEGIN, LOW, NOT_ENTERED, NOT_RECORDED, NOT_WRITTEN, SLOW, RecordingHealth

TALK = "k-c00000001"


def failed(seat: str, recording: str = "k-1") -> protocol.RecordingFailed:
    return protocol.RecordingFailed(room="k-1", session=recording, seat=seat, part="main", directory="", message="full", cause="ENOSPC")


def written(seat: str, recording: str = "k-1", closed: dict[str, Any] | None = None) -> protocol.Segment:
    return protocol.Segment(room="k-1", session=recording, seat=seat, part="main", directory="", segment="x", chunks=[], closed=closed)


def pace(said: Any, recording: str = "k-1") -> protocol.RecordingPace:
    return protocol.RecordingPace(room="k-1", session=recording, pace=said)


def live() -> RecordingHealth:
    health = RecordingHealth()
    health.began("k-1", "k-1", ["s1", "s2"])
    return health


def test_a_failure_stands_until_that_seat_is_written_again() -> None:
    health = live()
    assert (health.hear(failed("s1")), health.hear(failed("s1")), health.hear(failed("s2"))) == (True, False, True), "each is news once"
    health.hear(written("s1", closed={"reason": "failed"}))
    assert (health.failed("k-1"), health.failed("other"), health.problem(behind=True)) == ("full", "", NOT_WRITTEN)
    health.hear(written("s1"))
    assert health.failed("k-1") == "full", "somebody's is still missing"
    health.began("k-1", "k-1", ["s1"])
    assert (health.failed("k-1"), health.problem(behind=False)) == ("", ""), "who is not recorded any more is not waited for"


def test_what_cannot_begin_is_the_worst_and_over_when_it_begins_or_ends() -> None:
    health = live()
    health.refused("k-1", TALK)
    health.hear(failed("s1"))
    assert (health.failed("k-1"), health.problem(behind=True)) == (CANNOT_BEGIN, NOT_RECORDED)
    health.ended(TALK)
    assert health.failed("k-1") == "full"
    health.ended("k-1")
    assert (health.failed("k-1"), health.problem(behind=True), health.problem(behind=False), health.rooms()) == ("", NOT_ENTERED, "", set())
    assert health.hear(failed("s1")) and health.problem(behind=False) == "", "what comes late counts for nothing any more"


def test_the_disk_warns_of_the_worst_of_a_room() -> None:
    health = live()
    health.began("k-1", TALK, ["s1"])
    health.disk(LOW - 1)
    assert health.warning("k-1") == "low" and health.warning("other") == "" and "2047 MB" in health.problem(behind=False)
    health.hear(pace("slow"))
    health.hear(pace("losing", TALK))
    assert (health.warning("k-1"), health.problem(behind=False)) == ("losing", SLOW)
    health.ended(TALK)
    assert health.warning("k-1") == "slow"
    health.hear(pace("well"))
    health.disk(LOW)
    assert (health.warning("k-1"), health.problem(behind=False)) == ("", "")


def test_how_fast_a_worker_that_died_wrote_is_told_no_more() -> None:
    """The next one begins as if all were well, and tells only what changes."""
    health = live()
    health.began("other", "other", ["s1"])
    health.hear(pace("losing"))
    health.hear(pace("slow", "other"))
    health.hear(failed("s1"))
    health.moved("k-1")
    assert (health.warning("k-1"), health.failed("k-1"), health.warning("other")) == ("", "full", "slow")
