"""Muxer and writer thread without a worker: a failing disk, a queue that is full, tracks and pictures that change."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from rehearsal import clip
from rooms.media import writer_thread
from rooms.media.assembly import Frame
from rooms.media.segments import recover
from rooms.media.writer_thread import WriterThread

KEY = bytes(32)


def _thread(directory: Path) -> tuple[WriterThread, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    return WriterThread(directory, KEY, "s", 300, told.append, lambda seat, kind: None), told


def _batch(count: int = 60) -> list[tuple[str, Frame, float, int]]:
    video = clip.load().video
    return [("a", Frame("camera", *video[n][:1], n * 3000, video[n][1], (640, 360)), 1000 + n / 30, 0) for n in range(count)]


def test_a_disk_that_fails_is_told_once_and_others_go_on(tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    directory.mkdir()
    thread, told = _thread(directory)
    thread.start()
    shutil.rmtree(directory)
    thread.follow({"a": {"camera": "vp8"}, "b": {"camera": "vp8"}}, "")
    thread.frames(_batch())
    deadline = time.monotonic() + 5
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    directory.mkdir()
    thread.frames([("b", *rest) for _, *rest in _batch()])
    assert thread.finish()
    assert [e["event"] for e in told if e["seat"] == "a"] == ["recording_failed"]
    assert [e["closed"]["reason"] for e in told if e["seat"] == "b"] == ["ended"]
    assert [r.header["seat"] for r in recover(directory)] == ["b"]


def test_a_full_queue_drops_and_counts(tmp_path: Path) -> None:
    thread, told = _thread(tmp_path)
    thread.follow({"a": {"camera": "vp8"}}, "")
    batch = _batch(1)
    taken = sum(thread.frames(batch) for _ in range(writer_thread.MAX_QUEUED + 50))
    assert taken < writer_thread.MAX_QUEUED + 1 and thread.dropped == writer_thread.MAX_QUEUED + 50 - taken
    thread.start()
    assert thread.finish()
    assert told[-1]["closed"]["dropped"] == thread.dropped


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
