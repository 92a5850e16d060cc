"""Codes of RFC 6238, which must be those of every authenticator, and recovery codes as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import second_factor as rules

SECRET = b"12345678901234567890"
MOMENTS = st.integers(1_600_000_000, 3_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, SHA1: its eight digits end with our six."""
    assert rules.code_at(SECRET, seconds // rules.STEP) == code
    assert rules.step_of(SECRET, code, datetime.fromtimestamp(seconds, UTC)) == seconds // rules.STEP


@given(MOMENTS, st.integers(-5, 5))
def test_a_code_counts_a_step_to_either_side_and_no_further(now: datetime, off: int) -> None:
    step = int(now.timestamp()) // rules.STEP + off
    near = {rules.code_at(SECRET, int(now.timestamp()) // rules.STEP + d) for d in (-1, 0, 1)}
    code = rules.code_at(SECRET, step)
    if abs(off) <= rules.DRIFT:
        assert rules.step_of(SECRET, code, now) is not None
    elif code not in near:  # once in a third of a million two steps have the same code
        assert rules.step_of(SECRET, code, now) is None


def test_what_the_qr_code_says() -> None:
    url = urlsplit(rules.address(SECRET, "wang"))
    assert (url.scheme, url.netloc, url.path) == ("otpauth", "totp", "/Heyi:wang")
    said = {key: value for key, (value,) in parse_qs(url.query).items()}
    assert said == {"secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "issuer": "Heyi", "algorithm": "SHA1", "digits": "6", "period": "30"}
    assert rules.spelled(SECRET).replace(" ", "") == said["secret"]
    assert len(rules.fresh_secret()) == rules.SECRET_BYTES and rules.fresh_secret() != rules.fresh_secret()


def test_recovery_codes_are_taken_as_they_are_typed() -> None:
    codes = rules.fresh_recovery_codes()
    assert len(set(codes)) == rules.RECOVERY_CODES
    for code in codes:
        plain, recovery = rules.parse_code(code)
        assert recovery and len(plain) == 12
        assert rules.parse_code(f"  {code.lower().replace('-', ' ')} ") == (plain, True)


@pytest.mark.parametrize("typed", ["123 456", "123-456", "123456", "１２３４５６"])
def test_six_digits_are_a_code_of_the_phone(typed: str) -> None:
    assert rules.parse_code(typed) == ("123456", False)


@given(st.text(max_size=80))
def test_anything_else_is_neither(text: str) -> None:
    plain, recovery = rules.parse_code(text)
    assert len(plain) in {0, 6, 12} and (len(plain) == 12) == recovery


def test_neither() -> None:
    for text in ("", "12345", "1234567", "ABCD-EFGH-IJKL", "1" * 200):
        assert rules.parse_code(text) == ("", False)
    assert rules.step_of(SECRET, "", datetime.now(UTC)) is None
