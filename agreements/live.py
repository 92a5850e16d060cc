"""A live agreement document: one node's copy, its staging copy, and the log both come from.

    catch_up(entries of the log) → (propose(update) → Accepted: entry(...), or withdraw()
                                                    → Refused: nothing to do) as often as wanted
                                 → the caller stores the entries → commit()
                                                                 → storing failed: abandon()

Each update of such a group is judged on what the ones before it made of the text. The caller holds the document's counter row from the first judgement to `commit`, so that entries on all nodes follow one order. Every entry chains
the hash of its predecessor: the raw log is evidence of who wrote what, and stays when the document is compacted to its state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from pycrdt import Doc

from agreements.guard import Accepted, Grant, Guard, Refused
from agreements.schema import VERSION, read_document
from agreements.update_format import Reader, UpdateError, varint
from evidence.ledger import GENESIS, canonical_json

MAX_AWARENESS = 4 * 1024
AWARENESS_KEYS = frozenset({"cursor"})


class LogEntry(msgspec.Struct, frozen=True):
    """One accepted update. `author` is a seat, or `server`; `at` is RFC 3339; hashes are lower-case hex."""

    document: str
    seq: int
    author: str
    at: str
    update: bytes
    prev_hash: str
    entry_hash: str


class Snapshot(msgspec.Struct, frozen=True):
    """A compacted state that stands for the entries 1 to `seq`; `head` is the hash of the last of them."""

    document: str
    seq: int
    head: str
    state: bytes


class LogBroken(ValueError):
    """The log does not continue what this copy holds: entry `seq` is missing, doubled or altered."""

    code = "log_broken"

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"draft log broken at entry {seq}: {reason}; load the document again from its log")
        self.seq, self._reason = seq, reason

    def __reduce__(self) -> tuple[type[LogBroken], tuple[int, str]]:
        return LogBroken, (self.seq, self._reason)  # whole out of a process pool


def make_entry(document: str, seq: int, author: str, at: str, update: bytes, prev_hash: str) -> LogEntry:
    digest = hashlib.sha256(update).hexdigest()
    entry_hash = hashlib.sha256(canonical_json([document, seq, author, at, digest, prev_hash])).hexdigest()
    return LogEntry(document, seq, author, at, update, prev_hash, entry_hash)


class LiveDocument:
    """Start from the seed's entry or from a snapshot; then `catch_up`."""

    def __init__(self, name: str, start: LogEntry | Snapshot, more: Iterable[LogEntry] = ()) -> None:
        """`more`: the entries behind it, as for `catch_up`, in one go."""
        self.name = name
        self._doc: Doc[Any] = Doc()
        if isinstance(start, Snapshot):
            self._doc.apply_update(start.state)
            self.seq, self.head = start.seq, start.head
        else:
            self.seq, self.head = 0, GENESIS
            self._apply(start)
        for entry in more:
            self._apply(entry)
        self._guard = Guard(self._doc.get_update())
        self._judged: bytes | None = None
        self._pending: list[LogEntry] = []

    def catch_up(self, entries: Iterable[LogEntry]) -> None:
        """Apply entries that other nodes stored. Raises `LogBroken`."""
        for entry in entries:
            self._apply(entry)
            self._guard.take(entry.update)

    def _apply(self, entry: LogEntry) -> None:
        if entry.document != self.name:
            raise LogBroken(entry.seq, f"it belongs to {entry.document}")
        if entry.seq != self.seq + 1:
            raise LogBroken(entry.seq, f"entry {self.seq + 1} was expected")
        if make_entry(entry.document, entry.seq, entry.author, entry.at, entry.update, self.head) != entry:
            raise LogBroken(entry.seq, "its hash does not match")
        self._doc.apply_update(entry.update)
        self.seq, self.head = entry.seq, entry.entry_hash

    def propose(self, update: bytes, grant: Grant, stage: str) -> Accepted | Refused:
        """Judge an update on the staging copy. After `Accepted`, either `entry` or `withdraw` must follow."""
        if self._judged is not None:
            raise RuntimeError("an update is judged already: enter or withdraw it first")
        verdict = self._guard.check(update, grant, stage)
        if isinstance(verdict, Accepted):
            self._judged = update
        elif self._guard.spoilt:
            self._stage_again()
        return verdict

    def entry(self, author: str, at: str) -> LogEntry:
        """The log entry of the judged update, behind those that wait to be stored with it."""
        if self._judged is None:
            raise RuntimeError("no update is judged")
        seq, head = self.last()
        made = make_entry(self.name, seq + 1, author, at, self._judged, head)
        self._pending.append(made)
        self._judged = None
        return made

    def withdraw(self) -> None:
        """The judged update is not entered after all."""
        self._judged = None
        self._stage_again()

    def commit(self) -> None:
        """The entries are stored: apply them to the live copy."""
        for entry in self._pending:
            self._doc.apply_update(entry.update)
            self.seq, self.head = entry.seq, entry.entry_hash
        self._pending = []

    def abandon(self) -> None:
        """Forget whatever was not stored."""
        if self._judged is not None or self._pending:
            self._judged, self._pending = None, []
            self._stage_again()

    def _stage_again(self) -> None:
        """The staging copy, built from the live one and what waits to be stored."""
        self._guard = Guard(self._doc.get_update())
        for entry in self._pending:
            self._guard.take(entry.update)

    def content(self) -> dict[str, Any]:
        """The plain form, read and checked as a whole (the freeze calls this). Raises `SchemaError`."""
        return read_document(self._doc)

    def proposed(self) -> dict[str, Any]:
        """The plain form with updates that were accepted and are not stored yet; clauses that did not change are the same objects as before."""
        return {"version": VERSION, "clauses": self._guard.clauses}

    def state_vector(self) -> bytes:
        return self._doc.get_state()

    def updates_since(self, state_vector: bytes | None = None) -> bytes:
        """What a client with this state vector lacks, as one update."""
        return self._doc.get_update(state_vector)

    def compact(self) -> Snapshot:
        """What the log comes to, with what waits to be stored."""
        return Snapshot(self.name, *self.last(), self._guard.state())

    def last(self) -> tuple[int, str]:
        """Number and hash of the last entry, of those that wait to be stored too."""
        return (self._pending[-1].seq, self._pending[-1].entry_hash) if self._pending else (self.seq, self.head)


def filter_awareness(message: bytes, grant: Grant, user: dict[str, Any]) -> bytes | None:
    """Pass on a seat's cursor and nothing else: y-websocket clients echo everybody's state, and anybody could sign with another's name.

    `message` is an awareness update of y-protocols (count, {client id, clock, JSON}...). Entries of foreign client ids are dropped, unknown
    keys too, and `user` is written by the server. None when nothing is left, or the message is malformed or beyond 4 KiB.
    """
    if len(message) > MAX_AWARENESS:
        return None
    try:
        entries = _own_states(Reader(message), grant.client_ids)
    except (UpdateError, msgspec.DecodeError, RecursionError):
        return None
    if not entries:
        return None
    out = varint(len(entries))
    for client, clock, state in entries:
        kept = None if state is None else {**{key: state[key] for key in AWARENESS_KEYS & state.keys()}, "user": user}
        text = msgspec.json.encode(kept)
        out += varint(client) + varint(clock) + varint(len(text)) + text
    return out


def join_awareness(messages: list[bytes]) -> bytes:
    """Several awareness updates as one; each client id stands in one of them."""
    total, entries = 0, b""
    for message in messages:
        reader = Reader(message)
        total += reader.number()
        entries += reader.rest()
    return varint(total) + entries


def _own_states(reader: Reader, client_ids: frozenset[int]) -> list[tuple[int, int, dict[str, Any] | None]]:
    entries = []
    for _ in range(reader.number()):
        client, clock, state = reader.number(), reader.number(), msgspec.json.decode(reader.string())
        if client in client_ids and (state is None or isinstance(state, dict)):
            entries.append((client, clock, state))
    return entries
