"""Live documents: merged from what each source on each node says, forgotten with the node that said it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime.backplane import Live
from realtime.live import SILENT, LiveDocs
from realtime.patch import apply

NODES = ("", "b", "c")
SAID = st.lists(
    st.tuples(
        st.sampled_from(NODES),
        st.sampled_from(["media", "typing"]),
        st.dictionaries(st.sampled_from(["p1", "p2"]), st.booleans(), max_size=2).map(lambda d: {"seats": d} if d else {}),
    ),
    max_size=20,
)


class World:
    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}
        self.told: list[Live] = []
        self.docs = LiveDocs(self.shown.__setitem__, self.told.append)


@given(SAID)
def test_a_stream_shows_the_last_word_of_every_source_of_every_node(said: list[tuple[str, str, Any]]) -> None:
    world, last = World(), {}
    for node, source, doc in said:
        last[node, source] = doc
        if node:
            world.docs.hear(node, Live("live/r|room", source, doc), 0.0)
        else:
            world.docs.contribute("live/r|room", source, doc)
    expected: dict[str, Any] = {}
    for key in sorted(last):
        expected = apply(expected, last[key])
    assert world.shown.get("live/r|room", {}) == expected
    own = {source: doc for (node, source), doc in last.items() if not node and doc}
    assert {live.source: live.doc for live in world.docs.tell()} == own


def test_the_same_said_twice_is_announced_once() -> None:
    world = World()
    world.docs.contribute("s", "typing", {"a": 1})
    world.docs.contribute("s", "typing", {"a": 1})
    world.docs.contribute("s", "typing", {})
    world.docs.contribute("s", "typing", {})
    assert [live.doc for live in world.told] == [{"a": 1}, {}]


def test_a_silent_node_is_forgotten_and_others_are_not() -> None:
    world = World()
    world.docs.hear("b", Live("s", "presence", {"people": {"wang": "王"}}), 0.0)
    world.docs.hear("c", Live("s", "presence", {"people": {"chen": "陈"}}), SILENT)
    assert world.docs.forget(SILENT) == set()
    assert world.docs.forget(SILENT + 1) == {"b"}
    assert world.shown["s"] == {"people": {"chen": "陈"}}


def test_what_was_taken_back_in_a_lost_announcement_is_forgotten_though_its_node_goes_on() -> None:
    world = World()
    presence = Live("live/r|room", "presence", {"seats": {"p2": {"online": True}}})
    world.docs.hear("b", presence, 0.0)
    for now in (5.0, 10.0, 15.0, 20.0):  # "b" has taken the other back meanwhile, which nobody has heard
        world.docs.hear("b", Live("here/c|staff", "presence", {"people": {"wang": "王"}}), now)
    assert world.docs.forget(SILENT + 1) == set()
    assert world.shown == {"live/r|room": {}, "here/c|staff": {"people": {"wang": "王"}}}


@given(SAID, st.integers(0, 20))
def test_what_a_node_goes_on_telling_stays_and_all_else_goes(said: list[tuple[str, str, Any]], lost_from: int) -> None:
    """Whatever of two nodes' words is lost, a time of silence later their telling all again shows what they say."""
    world, last = World(), {}
    for number, (node, source, doc) in enumerate(said):
        node = node or "d"
        last[node, source] = doc
        if number < lost_from:
            world.docs.hear(node, Live("s", source, doc), 0.0)
    for (node, source), doc in last.items():
        if doc:
            world.docs.hear(node, Live("s", source, doc), SILENT)
    world.docs.forget(SILENT + 1)
    expected: dict[str, Any] = {}
    for key in sorted(last):
        expected = apply(expected, last[key])
    assert world.docs.merged("s") == expected


def test_withdrawing_takes_back_all_that_this_node_says_of_a_stream() -> None:
    world = World()
    world.docs.contribute("s", "media", {"speaking": "p1"})
    world.docs.contribute("s", "typing", {"seats": {"p1": {"typing": True}}})
    world.docs.hear("b", Live("s", "presence", {"seats": {"p2": {"online": True}}}), 0.0)
    world.docs.withdraw("s")
    assert world.shown["s"] == {"seats": {"p2": {"online": True}}}
    assert world.docs.tell() == []
