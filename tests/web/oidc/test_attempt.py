"""A try to come in: what is derived from its secret, and how a browser's cookies are read."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from web.oidc.attempt import Attempt, address, answered, begin, open_in


def test_what_goes_to_the_provider_tells_neither_the_secret_nor_the_verifier() -> None:
    attempt = begin()
    asked = parse_qs(urlsplit(address("https://id.example/auth?tenant=7", "heyi", "https://heyi.example/back", attempt)).query)
    assert asked["tenant"] == ["7"] and asked["response_type"] == ["code"] and asked["scope"] == ["openid profile"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    assert (asked["code_challenge"], asked["code_challenge_method"]) == ([challenge], ["S256"])
    assert "prompt" not in asked
    sent = str(asked)
    assert attempt.secret not in sent and attempt.verifier not in sent and attempt.key not in sent
    assert len({attempt.secret, attempt.state, attempt.nonce, attempt.verifier, attempt.challenge, attempt.key}) == 6
    fresh = parse_qs(urlsplit(address("https://id.example/auth", "heyi", "https://heyi.example/back", attempt, fresh=True)).query)
    assert (fresh["prompt"], fresh["max_age"]) == (["login"], ["0"])


def test_an_answer_finds_the_try_that_it_is_to() -> None:
    attempts = [begin() for _ in range(3)]
    cookies = "; ".join(["heyi_main=0011223344556677.secret", *(f"{a.cookie}={a.secret}" for a in attempts)])
    assert open_in(cookies) == attempts
    assert [answered(open_in(cookies), a.state) for a in attempts] == attempts
    assert answered(open_in(cookies), begin().state) is None
    assert open_in(f"{attempts[0].cookie}={attempts[1].secret}") == [], "a secret under another's name"


@given(st.text(), st.text())
def test_whatever_a_browser_sends_breaks_nothing(cookies: str, state: str) -> None:
    assert answered(open_in(cookies), state) is None
    assert answered([Attempt("x" * 43)], state) is None
