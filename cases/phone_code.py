"""Whether somebody has a telephone: a code goes to its number by SMS, and whoever has the telephone answers it. Pure.

Rules
* A code has six digits, holds for five minutes, for five tries, and once.
* Another one is sent a minute after the last at the earliest, or at once after the last was answered; ten in a day for one number. With five tries each that is a
  chance of guessing of 1 in 20,000 a day.
* What is wrong with an answer is never said: not that none was asked for, not that it is over. Whether the number is known here plays no part in any of it.

    asked ── right ── answered, and good for nothing any more
      └── five wrong ones, or five minutes: another one
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta

import msgspec

from cases.errors import Invalid, TooMuch

DIGITS = 6
LIVES = timedelta(minutes=5)
AGAIN_AFTER = timedelta(seconds=60)
TRIES = 5
MOST = 10
WINDOW = timedelta(hours=24)
HOUSE_MOST = 500
"""Numbers that codes go to within an hour, of the whole installation: an SMS costs money, and reaches somebody who may not have asked."""
HOUSE_WINDOW = timedelta(hours=1)


class PhoneCode(msgspec.Struct, frozen=True):
    """`hash` of the code, by a key that is not beside it; `count`: codes since `since`, which begins a day."""

    hash: str
    asked_at: datetime
    since: datetime
    count: int = 1
    tries: int = 0
    answered: bool = False


def fresh_code() -> str:
    return str(secrets.randbelow(10**DIGITS)).zfill(DIGITS)


def ask(former: PhoneCode | None, hashed: str, now: datetime) -> PhoneCode:
    """Another code, which ends the former. Raises `TooMuch`."""
    if former is None or now >= former.since + WINDOW:
        return PhoneCode(hashed, now, now)
    wait = former.asked_at + AGAIN_AFTER - now
    if not former.answered and wait > timedelta(0):
        seconds = int(wait.total_seconds()) + 1
        raise TooMuch("code_too_soon", f"Another code can be asked for in {seconds} seconds", seconds=seconds)
    if former.count >= MOST:
        hours = int((former.since + WINDOW - now).total_seconds() // 3600) + 1
        raise TooMuch("phone_codes_spent", f"{MOST} codes went to this number today; try again in {hours} hours", limit=MOST, hours=hours)
    return PhoneCode(hashed, now, former.since, former.count + 1)


def holds(asked: PhoneCode | None, now: datetime) -> bool:
    """Whether a code may still be answered."""
    return asked is not None and not asked.answered and asked.tries < TRIES and now < asked.asked_at + LIVES


def answer(asked: PhoneCode | None, hashed: str, now: datetime) -> tuple[PhoneCode | None, bool]:
    """The code with its answer, and whether it is right."""
    if asked is None or not holds(asked, now):
        return asked, False
    if hmac.compare_digest(asked.hash, hashed):
        return msgspec.structs.replace(asked, answered=True), True
    return msgspec.structs.replace(asked, tries=asked.tries + 1), False


def digits_of(code: str) -> str:
    """As it was typed, without spaces, full-width digits as plain ones. Raises `Invalid` for what cannot be a code."""
    digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", code[:40]))
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise Invalid("code_shape", f"A code has {DIGITS} digits", field="code")
    return digits
