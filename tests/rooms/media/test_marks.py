"""What is told of losses, slow disks and other sizes, in the place where they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.marks import MOST, Lost, Marks

SMALL, LARGE = (320, 180), (1280, 720)


def test_a_hole_lies_between_two_frames_of_its_own_track() -> None:
    marks = Marks()
    marks.frame("audio", 100.0, 3, None)
    marks.frame("camera", 100.0, 0, SMALL)
    marks.frame("camera", 101.5, 1, None)
    marks.frame("audio", 102.0, 3, None)
    told = marks.told(100.0)
    assert (told["gaps"], told["dropped"]) == (1, 0)
    assert [(m["kind"], m["what"], m["from_ms"], m["to_ms"]) for m in told["marks"]] == [
        ("camera", "size", 0, 0),
        ("camera", "loss", 0, 1500),
    ]


def test_holes_before_the_segment_are_not_its_own() -> None:
    marks = Marks()
    marks.frame("audio", 100.0, 12, None)
    assert marks.told(100.0) == {"gaps": 0, "dropped": 0, "marks": []}


def test_another_layer_is_told_with_its_size_and_only_when_it_changes() -> None:
    marks = Marks()
    for at, size in ((1.0, SMALL), (2.0, SMALL), (3.0, LARGE), (4.0, None), (5.0, SMALL)):
        marks.frame("camera", at, 0, size)
    assert [(m["from_ms"], m["size"]) for m in marks.told(1.0)["marks"]] == [(0, [320, 180]), (2000, [1280, 720]), (4000, [320, 180])]


def test_what_the_disk_did_not_take_is_told() -> None:
    marks = Marks()
    marks.frame("audio", 10.0, 0, None)
    marks.lost("audio", Lost(50, 11.0, 12.0))
    told = marks.told(10.0)
    assert told["dropped"] == 50 and told["marks"] == [{"kind": "audio", "what": "disk", "from_ms": 1000, "to_ms": 2000}]


@given(st.lists(st.tuples(st.sampled_from(["audio", "camera"]), st.floats(0, 5), st.integers(0, 3), st.sampled_from([None, SMALL, LARGE]))))
def test_all_holes_are_counted_and_few_are_listed(steps: list[tuple[str, float, int, tuple[int, int] | None]]) -> None:
    marks, holes, at, first = Marks(), {"audio": 7, "camera": 0}, 50.0, set()
    expected = 0
    for kind, pause, more, size in steps * 30:
        at += pause
        holes[kind] += more
        expected += more if kind in first else 0
        first.add(kind)
        marks.frame(kind, at, holes[kind], size if kind == "camera" else None)
    told = marks.told(50.0)
    assert told["gaps"] == expected and len(told["marks"]) <= MOST
    assert told["marks"] == sorted(told["marks"], key=lambda m: m["from_ms"])
    assert all(0 <= m["from_ms"] <= m["to_ms"] for m in told["marks"])
    assert (told.get("marks_left_out", 0) > 0) == (marks.left_out > 0)
