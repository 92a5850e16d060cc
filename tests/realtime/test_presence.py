"""People, not tabs."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from realtime.presence import Presence

STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from(["case/1", "room/1", "wall/1"]), st.sampled_from(["wang", "p1"])), max_size=40)


@given(STEPS)
def test_somebody_is_there_as_long_as_one_connection_is(steps: list[tuple[bool, str, str]]) -> None:
    changed: list[str] = []
    presence, open_ = Presence(changed.append), Counter()
    for comes, topic, person in steps:
        before = presence.people(topic)
        told = len(changed)
        if comes:
            presence.came(topic, person)
            open_[topic, person] += 1
        else:
            presence.went(topic, person)
            open_[topic, person] = max(0, open_[topic, person] - 1)
        assert (len(changed) > told) == (presence.people(topic) != before), "told exactly when somebody came or left"
    for topic in ("case/1", "room/1"):
        assert presence.people(topic) == sorted(p for (t, p), n in open_.items() if t == topic and n)
    assert presence.people("wall/1") == [], "a wall has no people"
