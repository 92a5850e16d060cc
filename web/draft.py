"""One draft as a node holds it: the live document, who has it open under which client id, what waits to be stored, and what the linter found."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any

import structlog

from agreements.agreement import facts_of
from agreements.facts import CaseFacts
from agreements.history import writers
from agreements.linter import LINTED, MAX_FINDINGS, Finding, clause_findings
from agreements.live import LiveDocument, LogEntry
from agreements.seed import SERVER_CLIENT
from cases.errors import NotFound, OutOfTurn, Refusal
from realtime.endpoint import Connection
from rooms import private_draft
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.drafts import Kept

log = structlog.get_logger("draft")

MAX_CLIENT = 2**31 - 1


class Opened:
    """One connection that has the draft open."""

    __slots__ = ("client", "connection", "seat", "session")

    def __init__(self, connection: Connection, seat: str, session: str, client: int) -> None:
        self.connection, self.seat, self.session, self.client = connection, seat, session, client


class Written:
    """One update on its way: from whom, made on which entry of the log, and its fate, which is the number of its own or what refused it."""

    __slots__ = ("base", "fate", "opened", "refusal", "update")

    def __init__(self, opened: Opened, update: bytes, base: int | None) -> None:
        self.opened, self.update, self.base = opened, update, base
        self.refusal: Refusal | None = None
        self.fate: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(self, fate: int | Exception) -> None:
        if self.fate.done():
            return  # whoever waited has gone
        if isinstance(fate, Exception):
            self.fate.set_exception(fate)
        else:
            self.fate.set_result(fate)


class Draft:
    """A live document with its lock and the connections that have it open."""

    def __init__(self, case: str, entries: list[LogEntry], facts: CaseFacts, kept: Kept | None = None, *, private: bool = False) -> None:
        """`entries`: the log, or behind what is `kept` of it the rest. `private`: it is that of a private talk."""
        if kept is not None:
            live = LiveDocument(kept.snapshot.document, kept.snapshot, entries)
        else:
            live = LiveDocument(entries[0].document, entries[0], entries[1:])
        self.case, self.live, self.facts, self.private = case, live, facts, private
        self.session = self.stage = ""
        self.behind, self.foreign_cursors = False, b""
        """What other nodes have told and nobody here has been told yet."""
        self.hearing: asyncio.Task[None] | None = None
        self.unsure = False
        """Whether something may be in the log that was not told to be."""
        self.reviewed = 0
        """How often it was asked again who may have it open."""
        self.lock = asyncio.Lock()
        self.open: dict[Connection, Opened] = {}
        self.waiting: list[Written] = []
        self.cursors: dict[Opened, bytes] = {}
        self.running: asyncio.Task[None] | None = None
        """Stores and tells what waits, tick by tick, until nothing does."""
        self.ticked_at = self.judged_at = 0.0
        self.unjudged = False
        """Something was written since `lint`."""
        self.kept_at = kept.snapshot.seq if kept else 0
        self.granted = {**(kept.writers if kept else {}), **writers(entries)}
        """Client id → the seat that it is granted to, from the log on."""
        self.findings: list[Finding] = []
        self.touched: dict[str, dict[str, int]] = {}
        """Clause → author → the last entry in which they changed it; of entries since this node loaded the draft."""
        self._elsewhere: dict[str, int] = {}
        """Author → the last entry of theirs that another node has stored since; what it changed is not known here."""
        self._first = self.kept_at
        self._before = [entry.author for entry in entries]
        """Authors of the entries after number `_first` and before that, in order: what they changed is not known."""
        self._linted: dict[int, tuple[dict[str, Any], list[Finding]]] = {}

    def changed_since(self, base: int, clauses: Iterable[str], author: str) -> bool:
        """Whether somebody else changed one of these clauses after entry `base`, as far as is known; where it is not, they did."""
        if base < self._first or any(other != author for other in self._before[base - self._first :]):
            return True
        if any(seq > base for other, seq in self._elsewhere.items() if other != author):
            return True
        return any(seq > base for clause in clauses for other, seq in self.touched.get(clause, {}).items() if other != author)

    def keep_only(self, dossier: Dossier) -> None:
        """Whoever has left, or stands outside of a private talk, has it open no more. Everybody's draft stands still during one, and is opened again after it."""
        room = dossier.room
        for connection, entry in list(self.open.items()):
            seat = room.seats.get(entry.seat) if room is not None else None
            if room is None or seat is None or not seat.present or seat.revoked or not self._holds(room, seat):
                del self.open[connection]

    def _holds(self, room: Room, seat: Seat) -> bool:
        if not self.private:
            return room.caucus is None
        own = private_draft.open_for(room, seat)
        return own is not None and own.document == self.live.name

    def take(self, entries: list[LogEntry]) -> None:
        """What other nodes have stored. Raises `LogBroken`."""
        self.live.catch_up(entries)
        self._elsewhere |= {entry.author: entry.seq for entry in entries}
        self.granted |= writers(entries)

    def grant_client(self, seat: str, wish: int) -> int:
        """A client id for a seat: the one that it had before its line was cut, so that what it wrote meanwhile merges as its own; else a new one."""
        if SERVER_CLIENT < wish <= MAX_CLIENT and self.granted.setdefault(wish, seat) == seat:
            return wish
        while True:
            client = secrets.randbelow(MAX_CLIENT - SERVER_CLIENT) + SERVER_CLIENT + 1
            if client not in self.granted:
                self.granted[client] = seat
                return client

    def lint(self, today: date) -> bool:
        """Judge the terms again, those clauses that changed; whether something else was found than before."""
        linted, found = {}, []
        for clause in self.live.proposed()["clauses"]:
            if clause["kind"] not in LINTED:
                continue
            known = self._linted.get(id(clause))
            own = known[1] if known is not None and known[0] is clause else _judged(clause, self.facts, today)
            linted[id(clause)] = (clause, own)
            found += own
        self._linted, before, self.findings = linted, self.findings, found[:MAX_FINDINGS]
        return self.findings != before


def facts_now(dossier: Dossier, committee: str) -> CaseFacts:
    """What the agreement takes over from the case as it is. Raises `NotFound`, `OutOfTurn`."""
    case, room = dossier.case, dossier.room
    if case.mediator is None or room is None:
        raise NotFound("no_session", "There is no session in this case")
    seats = {s.party: s.id for s in room.parties() if s.party}
    if len(seats) < 2:
        raise OutOfTurn("too_few_parties", "An agreement needs at least two parties; invite them first")
    acting = {s.party: s.acts for s in room.parties() if s.acts is not None}
    return facts_of(case, committee, seats, case.mediator.name, acting)


def _judged(clause: dict[str, Any], facts: CaseFacts, today: date) -> list[Finding]:
    try:
        return clause_findings(clause, facts, today)
    except Exception:
        # Advice never bars: what is stored is stored.
        log.exception("a clause could not be judged", clause=clause["id"])
        return []
