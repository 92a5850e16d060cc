"""A one-time code before a signature: six digits that only the person at this device, on this line, can have (电子签名法 13: under the signer's sole control).

Nothing of the code is stored. What is stored is a random number; the installation's key makes the code of it and of what the code is for: one seat of one
session on its present device, one revision, one text, and the file as it was frozen. Another revision is another code, so an edit voids it, as does another device.
Others' signatures do not.

    asked ── right within 5 minutes ── answered ── signed within 10 minutes of asking
      └── five wrong ones, or too late: another one, 60 seconds after the last at the earliest, ten for one revision

Pure. Raises `Refusal`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

import msgspec

from cases.clock import rfc3339
from cases.errors import Invalid, OutOfTurn, TooMuch

DIGITS = 6
LIVES = timedelta(minutes=5)
AGAIN_AFTER = timedelta(seconds=60)
SIGNS_WITHIN = timedelta(minutes=10)
"""From asking: who has answered has that long to write the name."""
TRIES = 5
MOST = 10
"""Codes of one seat for one revision: together with the tries, a chance of guessing of 1 in 20,000."""
SCREEN, SMS, OFF = "screen", "sms", ""
WAYS = (SCREEN, SMS)


class AskedCode(msgspec.Struct, frozen=True, omit_defaults=True):
    """`nonce`: 16 random bytes, hexadecimal; `bound`: of `bound_to`; `way`: how it is told; `failed`: why it is told on the desk's screen instead of by SMS;
    `tries`: wrong ones; `count`: the how-maniest it is."""

    nonce: str
    bound: str
    asked_at: datetime
    way: str
    failed: str = ""
    tries: int = 0
    count: int = 1
    answered_at: datetime | None = None


def bound_to(session: str, seat: str, device: int, revision: int, content_hash: str, file_hash: str) -> str:
    """SHA-256 in hexadecimal of what a code is for. `device`: how often the seat was taken over; `file_hash`: of the file as it was frozen."""
    return hashlib.sha256("\n".join((session, seat, str(device), str(revision), content_hash, file_hash)).encode()).hexdigest()


def code_of(key: bytes, asked: AskedCode) -> str:
    """Six digits, as RFC 4226 makes them of a keyed hash, from 64 of its bits: the bias is below 1 in 10^13."""
    digest = hmac.digest(key, f"heyi.code.v1\n{asked.bound}\n{asked.nonce}".encode(), "sha256")
    return str(int.from_bytes(digest[:8]) % 10**DIGITS).zfill(DIGITS)


def ask(former: AskedCode | None, bound: str, nonce: str, way: str, failed: str, now: datetime) -> AskedCode:
    """Another code, which ends the former."""
    if former is None or former.bound != bound:
        return AskedCode(nonce, bound, now, way, failed)
    wait = former.asked_at + AGAIN_AFTER - now
    if wait > timedelta(0):
        seconds = int(wait.total_seconds()) + 1
        raise TooMuch("code_too_soon", f"Another code can be asked for in {seconds} seconds", seconds=seconds)
    if former.count >= MOST:
        raise OutOfTurn(
            "code_too_many", f"{MOST} codes were asked for: the mediator has to take the text back and freeze it again", limit=MOST
        )
    return AskedCode(nonce, bound, now, way, failed, count=former.count + 1)


def open_to(asked: AskedCode | None, bound: str, now: datetime) -> bool:
    """Whether this code may still be answered."""
    return asked is not None and asked.bound == bound and asked.answered_at is None and asked.tries < TRIES and now < asked.asked_at + LIVES


def answer(asked: AskedCode | None, bound: str, code: str, key: bytes, now: datetime) -> AskedCode:
    """The code with its answer: `answered_at` where it is right, else one try more."""
    if asked is None or asked.bound != bound:
        raise OutOfTurn("code_not_asked", "Ask for a code first: the former one does not hold for this text")
    if asked.answered_at is not None:
        return asked
    if asked.tries >= TRIES:
        raise OutOfTurn("code_spent", f"The code was wrong {TRIES} times; ask for another one")
    if now >= asked.asked_at + LIVES:
        raise OutOfTurn("code_expired", "The code is older than five minutes; ask for another one")
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise Invalid("code_shape", f"A code has {DIGITS} digits", field="code")
    if hmac.compare_digest(digits, code_of(key, asked)):
        return msgspec.structs.replace(asked, answered_at=now)
    return msgspec.structs.replace(asked, tries=asked.tries + 1)


def demand_answered(asked: AskedCode | None, bound: str, now: datetime) -> None:
    """Before a signature."""
    if asked is None or asked.bound != bound or asked.answered_at is None:
        raise OutOfTurn("code_unanswered", "Answer a one-time code before signing")
    if now >= asked.asked_at + SIGNS_WITHIN:
        raise OutOfTurn("code_unanswered", "The one-time code was answered too long ago; ask for another one")


def told(asked: AskedCode) -> dict[str, object]:
    """What the signer and the mediator read of it: never the code."""
    return {
        "way": asked.way,
        "failed": asked.failed or None,
        "asked": rfc3339(asked.asked_at),
        "again": rfc3339(asked.asked_at + AGAIN_AFTER),
        "until": rfc3339(asked.asked_at + (SIGNS_WITHIN if asked.answered_at else LIVES)),
        "left": TRIES - asked.tries,
        "answered": asked.answered_at is not None or None,
    }
