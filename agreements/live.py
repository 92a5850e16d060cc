"""A live agreement document: one node's copy, its staging copy, and the log both come from.

    catch_up(entries of the log) → propose(update) → Accepted: the caller stores entry(...) → commit(entry)
                                                   → Refused, or storing failed: abandon()

The caller holds the document's counter row from `catch_up` to `commit`, so that entries on all nodes follow one order. Every entry chains
the hash of its predecessor: the raw log is evidence of who wrote what, and stays when the document is compacted to its state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec
from pycrdt import Doc

from agreements.guard import Accepted, Grant, Guard, Refused
from agreements.schema import VERSION, read_document
from agreements.update_format import Reader, UpdateError
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
        self.seq = seq


def make_entry(document: str, seq: int, author: str, at: str, update: bytes, prev_hash: str) -> LogEntry:
    digest = hashlib.sha256(update).hexdigest()
    entry_hash = hashlib.sha256(canonical_json([document, seq, author, at, digest, prev_hash])).hexdigest()
    return LogEntry(document, seq, author, at, update, prev_hash, entry_hash)


class LiveDocument:
    """Start from the seed's entry or from a snapshot; then `catch_up`."""

    def __init__(self, name: str, start: LogEntry | Snapshot) -> None:
        self.name = name
        self._doc: Doc[Any] = Doc()
        if isinstance(start, Snapshot):
            self._doc.apply_update(start.state)
            self.seq, self.head = start.seq, start.head
        else:
            self.seq, self.head = 0, GENESIS
            self._verify(start)
            self._doc.apply_update(start.update)
            self.seq, self.head = start.seq, start.entry_hash
        self._guard = Guard(self._doc.get_update())
        self._proposed: bytes | None = None

    def catch_up(self, entries: Iterable[LogEntry]) -> None:
        """Apply entries that other nodes stored. Raises `LogBroken`."""
        for entry in entries:
            self._verify(entry)
            self._guard.take(entry.update)
            self._doc.apply_update(entry.update)
            self.seq, self.head = entry.seq, entry.entry_hash

    def propose(self, update: bytes, grant: Grant, stage: str) -> Accepted | Refused:
        """Judge an update on the staging copy. After `Accepted`, either `commit` or `abandon` must follow."""
        if self._proposed is not None:
            raise RuntimeError("an update is already proposed: commit or abandon it first")
        verdict = self._guard.check(update, grant, stage)
        if isinstance(verdict, Accepted):
            self._proposed = update
        elif self._guard.spoilt:
            self.abandon()
        return verdict

    def entry(self, author: str, at: str) -> LogEntry:
        """The log entry of the proposed update, to be stored by the caller."""
        if self._proposed is None:
            raise RuntimeError("no update is proposed")
        return make_entry(self.name, self.seq + 1, author, at, self._proposed, self.head)

    def commit(self, entry: LogEntry) -> None:
        """The entry is stored: apply it to the live copy."""
        if self._proposed != entry.update:
            raise RuntimeError("commit what was proposed")
        self._verify(entry)
        self._doc.apply_update(entry.update)
        self.seq, self.head, self._proposed = entry.seq, entry.entry_hash, None

    def abandon(self) -> None:
        """Forget a proposal: the staging copy is built again from the live one."""
        self._proposed = None
        self._guard = Guard(self._doc.get_update())

    def content(self) -> dict[str, Any]:
        """The plain form, read and checked as a whole (the freeze calls this). Raises `SchemaError`."""
        return read_document(self._doc)

    def proposed(self) -> dict[str, Any]:
        """The plain form with an update that was accepted and is not committed yet; clauses that did not change are the same objects as before."""
        return {"version": VERSION, "clauses": self._guard.clauses}

    def state_vector(self) -> bytes:
        return self._doc.get_state()

    def updates_since(self, state_vector: bytes | None = None) -> bytes:
        """What a client with this state vector lacks, as one update."""
        return self._doc.get_update(state_vector)

    def compact(self) -> Snapshot:
        return Snapshot(self.name, self.seq, self.head, self._doc.get_update())

    def _verify(self, entry: LogEntry) -> None:
        if entry.document != self.name:
            raise LogBroken(entry.seq, f"it belongs to {entry.document}")
        if entry.seq != self.seq + 1:
            raise LogBroken(entry.seq, f"entry {self.seq + 1} was expected")
        if make_entry(entry.document, entry.seq, entry.author, entry.at, entry.update, self.head) != entry:
            raise LogBroken(entry.seq, "its hash does not match")


def filter_awareness(message: bytes, grant: Grant, user: dict[str, Any]) -> bytes | None:
    """Pass on a seat's cursor and nothing else: y-websocket clients echo everybody's state, and anybody could sign with another's name.

    `message` is an awareness update of y-protocols (count, {client id, clock, JSON}...). Entries of foreign client ids are dropped, unknown
    keys too, and `user` is written by the server. None when nothing is left, or the message is malformed or beyond 4 KiB.
    """
    if len(message) > MAX_AWARENESS:
        return None
    try:
        entries = _own_states(Reader(message), grant.client_ids)
    except (UpdateError, json.JSONDecodeError, RecursionError):
        return None
    if not entries:
        return None
    out = _number(len(entries))
    for client, clock, state in entries:
        kept = None if state is None else {**{key: state[key] for key in AWARENESS_KEYS & state.keys()}, "user": user}
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
        out += _number(client) + _number(clock) + _number(len(text)) + text
    return out


def _own_states(reader: Reader, client_ids: frozenset[int]) -> list[tuple[int, int, dict[str, Any] | None]]:
    entries = []
    for _ in range(reader.number()):
        client, clock, state = reader.number(), reader.number(), json.loads(reader.string())
        if client in client_ids and (state is None or isinstance(state, dict)):
            entries.append((client, clock, state))
    return entries


def _number(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
