"""The second factor of a sign-in: a code of six digits that a phone computes from a shared secret and the time, and recovery codes for who has lost it. Pure.

TOTP as RFC 6238 has it, with HMAC-SHA-1, steps of 30 s and six digits, since this is what every authenticator app speaks. A code counts one step
to either side (section 5.2), for clocks that are a little wrong, and once (section 5.2 again): whoever checks remembers the step.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import unicodedata
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
"""As long as the hash, which RFC 4226 recommends (section 4, R6)."""
DIGITS, STEP, DRIFT = 6, 30, 1
"""Digits of a code, seconds of a step, steps that a clock may be wrong."""
RECOVERY_CODES = 10
CODE_LIMIT = 40
"""Characters that may be typed, with blanks and hyphens."""
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0 and 1, which are taken for each other
_GROUPS, _GROUP = 3, 4
_ISSUER = "Heyi"


def fresh_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The step whose code this is, near `now`; None: a wrong code."""
    current = int(now.timestamp()) // STEP
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found


def code_at(secret: bytes, step: int) -> str:
    return _totp(secret).generate(step * STEP).decode()


def address(secret: bytes, login: str) -> str:
    """What an authenticator reads from the QR code: `otpauth://totp/…`."""
    return _totp(secret).get_provisioning_uri(login, _ISSUER)


def spelled(secret: bytes) -> str:
    """The secret for whoever cannot scan: base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def fresh_recovery_codes() -> list[str]:
    """Each 60 random bits, as `XXXX-XXXX-XXXX`."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def parse_code(text: str) -> tuple[str, bool]:
    """What was typed, without blanks and hyphens and in capitals, and whether it is a recovery code. Empty: it is neither."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text[:CODE_LIMIT])).upper()
    if re.fullmatch(rf"[0-9]{{{DIGITS}}}", plain):
        return plain, False
    if len(plain) == _GROUPS * _GROUP and all(char in _ALPHABET for char in plain):
        return plain, True
    return "", False


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303  (RFC 6238; HMAC does not rest on SHA-1's collisions)
