"""A request is taken from whoever has the secret, as it was signed, and near its time."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import NotSigned
from web.signed_requests import KEY_LIMIT, TOLERANCE, demand_signed, signature_of

SECRET, WALL = b"s" * 32, 1_795_826_712.9


def headers(
    method: str = "POST", path: str = "/api/referrals", body: bytes = b"{}", at: int = int(WALL), key: str = "k1"
) -> dict[str, str]:
    return {
        "Heyi-Time": str(at),
        "Idempotency-Key": key,
        "Heyi-Signature": signature_of(method, path, str(at), key, body, SECRET),
    }


def code_of(
    sent: dict[str, str], *, method: str = "POST", path: str = "/api/referrals", body: bytes = b"{}", secret: bytes = SECRET
) -> str:
    try:
        demand_signed(method, path, sent, hashlib.sha256(body).hexdigest(), secret, WALL)
    except NotSigned as refused:
        assert refused.status == 401
        return refused.code
    return ""


@given(st.binary(max_size=200), st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=KEY_LIMIT), st.integers(-300, 300))
def test_what_was_signed_is_taken_within_five_minutes(body: bytes, key: str, off: int) -> None:
    assert code_of(headers(body=body, key=key, at=int(WALL) + off), body=body) == ""


@pytest.mark.parametrize("off", [TOLERANCE + 1, -TOLERANCE - 1, 10**9])
def test_a_request_of_another_time_says_by_how_much(off: int) -> None:
    with pytest.raises(NotSigned) as refused:
        demand_signed("POST", "/api/referrals", headers(at=int(WALL) + off), hashlib.sha256(b"{}").hexdigest(), SECRET, WALL)
    assert (refused.value.code, refused.value.detail["seconds_off"]) == ("clock_off", off)


def test_whatever_is_altered_on_the_way_is_found() -> None:
    sent = headers()
    assert code_of(sent, body=b"{ }") == code_of(sent, method="GET") == code_of(sent, path="/api/referrals?x") == "not_signed"
    assert code_of(sent, secret=b"t" * 32) == "not_signed"
    for name, value in (("Idempotency-Key", "k2"), ("Heyi-Time", str(int(WALL) + 1)), ("Heyi-Signature", ""), ("Heyi-Signature", "é" * 64)):
        assert code_of({**sent, name: value}) == "not_signed", name
    for name in sent:
        assert code_of({key: value for key, value in sent.items() if key != name}) == "not_signed", name
    for wrong in ("", "now", "²", "-1", "9" * 13):
        assert code_of({**sent, "Heyi-Time": wrong}) == "not_signed", wrong
    assert code_of(headers(key="k" * (KEY_LIMIT + 1))) == "not_signed"
