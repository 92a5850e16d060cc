"""What is told of a draft: to everybody who has it open here, one message to each of a tick; and to the other nodes where it stands.

Before anything is told that was not decided here a moment ago it is asked who sits where, if another node may know better: whoever has left, or stands outside
of a private talk, is told nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import NamedTuple

from pycrdt import merge_updates

from agreements.live import LogEntry, join_awareness
from realtime.backplane import Drafted
from realtime.hub import Hub
from realtime.messages import DraftFindings, DraftPresence, DraftRemote
from storage.dossier import Dossier
from web.draft import Draft, Opened


class Stored(NamedTuple):
    """What became an entry of the log: who had the draft open that wrote it, none for the server's own, and which clauses it changed."""

    opened: Opened | None
    entry: LogEntry
    clauses: tuple[str, ...]


class DraftTelling:
    """`announce` tells the other nodes that share the database; without it there are none. `read` gives a case as it is."""

    def __init__(self, hub: Hub, read: Callable[[str], Awaitable[Dossier]], announce: Callable[[Drafted], None] | None) -> None:
        self._hub, self._read, self._announce = hub, read, announce
        self._lately: dict[str, Draft] = {}

    @property
    def several(self) -> bool:
        """Whether there are other nodes."""
        return self._announce is not None

    def lately(self) -> list[Drafted]:
        """Where the drafts stand that were written here since the last time."""
        moved, self._lately = self._lately, {}
        return [Drafted(draft.case, name, draft.live.seq) for name, draft in moved.items()]

    async def review(self, draft: Draft) -> None:
        """Who may have it open by now; asked only where another node may know better."""
        if self._announce is not None:
            draft.keep_only(await self._read(draft.case))

    def entries(self, draft: Draft, entries: list[LogEntry]) -> None:
        """What other nodes have stored."""
        self._hub.tell([o.connection for o in draft.open.values()], _remote(draft, entries))
        draft.unjudged = True

    def stored(self, draft: Draft, stored: list[Stored]) -> None:
        """What was stored here, to everybody but its authors."""
        writers = {one.opened for one in stored if one.opened is not None}
        readers = list(draft.open.values())
        entries = [one.entry for one in stored]
        if self._announce is not None:
            self._lately[draft.live.name] = draft
            self._announce(Drafted(draft.case, draft.live.name, draft.live.seq))
        self._hub.tell([o.connection for o in readers if o not in writers], _remote(draft, entries))
        for reader in readers:
            if reader in writers and (others := [one.entry for one in stored if one.opened is not reader]):
                self._hub.send(reader.connection, _remote(draft, others))
        draft.unjudged = True

    def findings(self, draft: Draft, today: date) -> None:
        draft.unjudged, draft.judged_at = False, asyncio.get_running_loop().time()
        if draft.lint(today):
            self._hub.tell(list(draft.open), DraftFindings(draft.session, draft.live.name, draft.findings))

    def cursors(self, draft: Draft) -> None:
        """All that moved, to everybody: who hears of his own cursor has moved it since, or finds it where it is."""
        cursors, draft.cursors = draft.cursors, {}
        moved = [kept for opened, kept in cursors.items() if draft.open.get(opened.connection) is opened]
        alone = next(iter(cursors)).connection if len(cursors) == 1 else None
        if moved:
            joined = join_awareness(moved)
            self._hub.tell([c for c in draft.open if c is not alone], DraftPresence(draft.session, draft.live.name, joined))
            if self._announce is not None:
                self._announce(Drafted(draft.case, draft.live.name, draft.live.seq, joined))

    def cursors_elsewhere(self, draft: Draft, cursors: bytes) -> None:
        """Of people on another node."""
        self._hub.tell(list(draft.open), DraftPresence(draft.session, draft.live.name, cursors))


def _remote(draft: Draft, entries: list[LogEntry]) -> DraftRemote:
    updates = [entry.update for entry in entries]
    merged = updates[0] if len(updates) == 1 else merge_updates(*updates)
    return DraftRemote(draft.session, draft.live.name, merged, draft.live.seq)
