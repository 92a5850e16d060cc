"""Who has a case or a room open: people, not tabs and not devices. Pure; `realtime.hub` tells of every subscription.

Counted on each node; the nodes' answers are merged as live streams (`realtime.live`), where somebody present on two nodes is one person.
"""

from __future__ import annotations

from collections.abc import Callable

KINDS = ("room/", "case/")


class Presence:
    """`changed(topic)` is called when somebody came to a topic with a first connection or left it with the last."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._people: dict[str, dict[str, int]] = {}

    def came(self, topic: str, person: str) -> None:
        """One more connection of a person reads a topic."""
        if not topic.startswith(KINDS):
            return
        people = self._people.setdefault(topic, {})
        people[person] = people.get(person, 0) + 1
        if people[person] == 1:
            self._changed(topic)

    def went(self, topic: str, person: str) -> None:
        people = self._people.get(topic)
        if people is None or person not in people:
            return
        people[person] -= 1
        if people[person]:
            return
        del people[person]
        if not people:
            del self._people[topic]
        self._changed(topic)

    def people(self, topic: str) -> list[str]:
        return sorted(self._people.get(topic, ()))
