"""The hash chain of what happened (存证链).

An entry commits to its predecessor and to the *salted hash* of its payload. Payloads with personal data lie beside the chain, never in it,
so that redaction, deletion and a party's copy leave the chain whole: whoever holds payload and salt can prove that it belongs to an entry;
whoever holds only the chain learns nothing but kind and time.

    entry_hash = SHA-256( canonical_json([version, chain, seq, at, kind, payload_hash, prev_hash]) )
    payload_hash = SHA-256( salt || canonical_json(payload) )

The first entry's `prev_hash` is 64 zeros. `seq` counts from 1 without a gap. `at` is RFC 3339 UTC with microseconds.

Errors: `LedgerBroken` names the first entry at which a chain does not hold, and why.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

VERSION = 1
GENESIS = "0" * 64
SALT_BYTES = 16


class LedgerBroken(ValueError):
    """A chain does not hold at entry `seq`; `reason` is a short English clause."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"ledger broken at entry {seq}: {reason}")
        self.seq = seq
        self.reason = reason

    def __reduce__(self) -> tuple[type[LedgerBroken], tuple[int, str]]:
        return LedgerBroken, (self.seq, self.reason)  # whole out of a process pool


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. Hashes are lower-case hex of 64 characters; `salt` is hex of 32 characters and travels with the payload."""

    chain: str
    seq: int
    at: str
    kind: str
    payload_hash: str
    prev_hash: str
    entry_hash: str


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no blanks: the only form that is ever hashed. Floats are refused, since their spelling varies."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("floats have no canonical spelling: use integers or strings")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("keys of hashed objects are strings")
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


def new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


def hash_payload(payload: Any, salt: str) -> str:
    """Salted SHA-256 of a JSON payload, in hex. The salt keeps small payloads (a yes, a name) from being guessed from the chain."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical_json(payload)).hexdigest()


def hash_entry(chain: str, seq: int, at: str, kind: str, payload_hash: str, prev_hash: str) -> str:
    return hashlib.sha256(canonical_json([VERSION, chain, seq, at, kind, payload_hash, prev_hash])).hexdigest()


def append(chain: str, seq: int, at: str, kind: str, payload: Any, salt: str, prev_hash: str) -> Entry:
    """Make the entry that follows `prev_hash`."""
    payload_hash = hash_payload(payload, salt)
    return Entry(chain, seq, at, kind, payload_hash, prev_hash, hash_entry(chain, seq, at, kind, payload_hash, prev_hash))


def check_chain(entries: Iterable[Entry], *, head: str | None = None) -> str:
    """Check order, links and hashes of a whole chain; return its head hash.

    `head`, when given, is the expected last hash: it catches a chain that was cut at its end. Raises `LedgerBroken`.
    """
    prev, seq, chain = GENESIS, 0, None
    for entry in entries:
        seq += 1
        if chain is None:
            chain = entry.chain
        if entry.chain != chain:
            raise LedgerBroken(seq, "entry of another chain")
        if entry.seq != seq:
            raise LedgerBroken(seq, f"sequence number is {entry.seq}")
        if entry.prev_hash != prev:
            raise LedgerBroken(seq, "does not continue its predecessor")
        if hash_entry(entry.chain, entry.seq, entry.at, entry.kind, entry.payload_hash, entry.prev_hash) != entry.entry_hash:
            raise LedgerBroken(seq, "its own hash does not match its content")
        prev = entry.entry_hash
    if head is not None and prev != head:
        raise LedgerBroken(seq, "the chain does not end where it should")
    return prev


def check_payload(entry: Entry, payload: Any, salt: str) -> None:
    """Raise `LedgerBroken` unless payload and salt are those that `entry` commits to."""
    if hash_payload(payload, salt) != entry.payload_hash:
        raise LedgerBroken(entry.seq, "payload was altered")
