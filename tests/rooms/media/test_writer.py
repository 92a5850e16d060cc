"""Muxer and writer thread without a worker: a failing disk, a queue that is full, tracks and pictures that change."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal import clip
from rooms.media import writer_thread
from rooms.media.assembly import Frame
from rooms.media.files import DISK, Files
from rooms.media.segments import read_segment, recover
from rooms.media.writer_thread import WriterThread
from tests.rooms.media.failing_disk import FailingDisk

KEY = bytes(32)


def _thread(directory: Path, files: Files = DISK) -> tuple[WriterThread, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    return WriterThread(directory, KEY, "s", 300, told.append, lambda seat, kind: None, files), told


def _batch(count: int = 60, since: float = 1000) -> list[tuple[str, Frame, float, int]]:
    video = clip.load().video
    return [("a", Frame("camera", *video[n][:1], n * 3000, video[n][1], (640, 360)), since + n / 30, 0) for n in range(count)]


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_disk_that_fails_is_told_once_and_others_go_on(tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    directory.mkdir()
    thread, told = _thread(directory)
    thread.start()
    shutil.rmtree(directory)
    thread.follow({"a": {"camera": "vp8"}, "b": {"camera": "vp8"}}, "")
    thread.frames(_batch())
    _until(lambda: told)
    directory.mkdir()
    thread.frames([("b", *rest) for _, *rest in _batch()])
    assert thread.finish()
    assert [e["event"] for e in told if e["seat"] == "a"] == ["recording_failed"]
    assert [e["closed"]["reason"] for e in told if e["seat"] == "b"] == ["ended"]
    assert [r.header["seat"] for r in recover(directory)] == ["b"]


def test_a_disk_that_fills_up_ends_the_segment_at_what_has_reached_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_thread, "RETRY_FAILED", 0.0)
    disk = FailingDisk()
    thread, told = _thread(tmp_path, disk)
    thread.start()
    thread.follow({"a": {"camera": "vp8"}}, "")
    thread.frames(_batch())
    # The file is there before its first pictures are.
    _until(lambda: thread.waiting == 0 and any(path.stat().st_size > 10_000 for path in tmp_path.glob("*.enc")))
    disk.full.set()
    thread.frames(_batch(since=1002))
    _until(lambda: any(event["event"] == "recording_failed" for event in told))
    disk.full.clear()
    thread.frames(_batch(since=1004))
    assert thread.finish()

    closed = {event["segment"]: event["closed"] for event in told if event["event"] == "segment" and event["closed"]}
    assert {name: end["reason"] for name, end in closed.items()} == {"a-0001": "failed", "a-0002": "ended"}
    failure = next(event for event in told if event["event"] == "recording_failed")
    assert failure["cause"] == "ENOSPC"
    chunks = [chunk for event in told if event.get("segment") == "a-0001" for chunk in event["chunks"]]
    assert [chunk["i"] for chunk in chunks] == list(range(closed["a-0001"]["chunks"])) and chunks
    there = read_segment(tmp_path / "a-0001.webm.enc", KEY)
    whole = b"".join(piece for _, piece in zip(chunks, there, strict=False))
    assert closed["a-0001"]["sha256"] == hashlib.sha256(whole).hexdigest() and closed["a-0001"]["bytes"] == len(whole)


def test_a_full_queue_drops_and_counts(tmp_path: Path) -> None:
    thread, told = _thread(tmp_path)
    thread.follow({"a": {"camera": "vp8"}}, "")
    batch = _batch(1)
    taken = sum(thread.frames(batch) for _ in range(writer_thread.MAX_QUEUED + 50))
    assert taken < writer_thread.MAX_QUEUED + 1 and thread.dropped == writer_thread.MAX_QUEUED + 50 - taken
    thread.start()
    assert thread.finish()
    assert told[-1]["closed"]["dropped"] == thread.dropped
    assert [mark["what"] for mark in told[-1]["closed"]["marks"]] == ["size", "disk"]


def test_a_disk_without_room_from_the_beginning_is_told_and_leaves_nothing_open(tmp_path: Path) -> None:
    disk = FailingDisk()
    disk.full.set()
    thread, told = _thread(tmp_path, disk)
    thread.start()
    thread.follow({"a": {"camera": "vp8"}}, "")
    thread.frames(_batch())
    assert thread.finish()
    assert [event["event"] for event in told] == ["recording_failed"]


def test_a_change_of_tracks_begins_another_segment(tmp_path: Path) -> None:
    thread, told = _thread(tmp_path)
    thread.start()
    thread.follow({"a": {"camera": "vp8"}}, "")
    thread.frames(_batch())
    thread.follow({"a": {"camera": "vp8", "screen": "vp8"}}, "")
    thread.frames(_batch())
    thread.frames([("a", Frame("screen", f.data, f.timestamp, f.keyframe, f.size), at, 0) for _, f, at, _ in _batch()])
    thread.follow({"a": {"audio": "opus", "camera": "vp8"}}, "routes")
    assert thread.finish()
    ends = {e["segment"]: e["closed"]["reason"] for e in told if e["closed"]}
    assert ends == {"a-0001": "tracks", "a-screen-0001": "routes"}
