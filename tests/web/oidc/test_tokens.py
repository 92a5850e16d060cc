"""Every part of a token that can be wrong is refused by its name: a table of tamperings, and what any tampering at all comes to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from web.oidc.tokens import (
    FITS,
    LEEWAY,
    LOGOUT,
    MAX_AGE,
    MAX_KEYS,
    MAX_TOKEN,
    Expected,
    TokenRefused,
    candidates,
    claims_of,
    demand_identity,
    demand_logout,
    header_of,
    keys_of,
)

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, CLIENT, NONCE, ACCESS = "https://id.county.example", "heyi", "n" * 43, "an access token"
OWN = {"RSA": RSAKey.generate_key(2048), "P-256": ECKey.generate_key("P-256"), "Ed25519": OKPKey.generate_key("Ed25519")}
FOREIGN = {"RSA": RSAKey.generate_key(2048), "P-256": ECKey.generate_key("P-256"), "Ed25519": OKPKey.generate_key("Ed25519")}
JWKS = {"keys": [{**key.as_dict(private=False), "kid": name} for name, key in OWN.items()]}
EXPECTED = Expected(ISSUER, CLIENT, NONCE, ACCESS)
GONE = object()


def at_hash(alg: str = "RS256") -> str:
    digest = hashlib.new("sha512" if alg in {"EdDSA", "Ed25519"} else "sha256", ACCESS.encode()).digest()
    return part(digest[: len(digest) // 2])


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**other: Any) -> dict[str, Any]:
    whole = {
        "iss": ISSUER,
        "sub": "p1",
        "aud": CLIENT,
        "exp": AT + 600,
        "iat": AT,
        "nonce": NONCE,
        "at_hash": at_hash(),
        "sid": "s1",
    } | other
    return {name: value for name, value in whole.items() if value is not GONE}


def signed(said: Any, alg: str = "RS256", key: Any = None, **header: Any) -> str:
    whole = {"alg": alg, "kid": FITS.get(alg, "RSA"), "typ": "JWT"} | header
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        return jws.serialize_compact(
            {name: value for name, value in whole.items() if value is not GONE},
            json.dumps(said).encode(),
            key or OWN[FITS[alg]],
            algorithms=[alg],
            registry=registry,
        )


def read(token: str, expected: Expected = EXPECTED, now: datetime = NOW, jwks: Any = JWKS) -> Any:
    header = header_of(token)
    return demand_identity(claims_of(token, header, candidates(keys_of(jwks), header)), header, expected, now)


def refused(token: str, **how: Any) -> str:
    with pytest.raises(TokenRefused) as error:
        read(token, **how)
    return error.value.code


@pytest.mark.parametrize("alg", FITS)
def test_what_holds_tells_who_it_is(alg: str) -> None:
    proved = read(signed(claims(at_hash=at_hash(alg), amr=["pwd", "mfa", 7], preferred_username="w"), alg))
    assert (proved.subject, proved.name, proved.session, proved.methods) == ("p1", "p1", "s1", ("pwd", "mfa"))
    named = Expected(ISSUER, CLIENT, NONCE, ACCESS, "preferred_username")
    assert read(signed(claims(at_hash=at_hash(alg), preferred_username=" w "), alg), named).name == "w"
    assert read(signed(claims(at_hash=GONE), alg, kid=GONE)).subject == "p1", "neither is demanded (Core 1.0, 3.1.3.6 and 10.1)"


TAMPERED = [
    ("iss", {"iss": "https://id.other.example"}),
    ("iss", {"iss": ISSUER + "/"}),
    ("iss", {"iss": GONE}),
    ("aud", {"aud": "another"}),
    ("aud", {"aud": ["another", "third"]}),
    ("aud", {"aud": GONE}),
    ("azp", {"aud": [CLIENT, "another"]}),
    ("azp", {"aud": [CLIENT, "another"], "azp": "another"}),
    ("azp", {"azp": "another"}),
    ("exp", {"exp": AT - 61}),
    ("exp", {"exp": GONE}),
    ("exp", {"exp": "9999999999"}),
    ("exp", {"exp": True}),
    ("iat", {"iat": AT + 61}),
    ("iat", {"iat": AT - 661}),
    ("iat", {"iat": GONE}),
    ("nonce", {"nonce": "m" * 43}),
    ("nonce", {"nonce": GONE}),
    ("nonce", {"nonce": ["n" * 43]}),
    ("at_hash", {"at_hash": at_hash("EdDSA")}),
    ("at_hash", {"at_hash": 7}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": GONE}),
    ("sub", {"sub": 7}),
    ("sub", {"sub": "x" * 256}),
    ("sub", {"sub": "王"}),
]


@pytest.mark.parametrize(("code", "other"), TAMPERED)
def test_each_part_that_is_wrong_is_refused_by_its_name(code: str, other: dict[str, Any]) -> None:
    assert refused(signed(claims(**other))) == code


def test_signatures_and_algorithms() -> None:
    good = signed(claims())
    head, body, signature = good.split(".")
    assert refused(signed(claims(), key=FOREIGN["RSA"])) == "signature"
    assert refused(f"{head}.{body}.") == "signature"
    assert refused(signed(claims(), kid="unknown")) == "kid"
    none = part(b'{"alg":"none"}')
    assert refused(f"{none}.{body}.") == "alg"
    assert refused(f"{none}.{body}.{signature}") == "alg"
    # The provider's public key as a shared secret: the classic confusion.
    for alg, hashing in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        said = f"{part(json.dumps({'alg': alg, 'kid': 'RSA'}).encode())}.{body}"
        mac = hmac.new(OWN["RSA"].as_pem(private=False), said.encode(), hashing).digest()
        assert refused(f"{said}.{part(mac)}") == "alg"
    assert refused(signed(claims(), "RS512", OWN["RSA"], kid="RSA")) == "alg"
    assert refused(signed(claims(), "ES256", kid="RSA")) == "kid", "a key of another type signs nothing"
    only = {"keys": [{**JWKS["keys"][0], "alg": "PS256"}]}
    assert refused(good, jwks=only) == "kid", "a key that is for another algorithm"
    assert refused(signed(claims(), crit=["b64"], b64=True)) in {"crit", "malformed"}
    assert refused(signed([1, 2])) == "malformed"
    assert refused("") == refused("a.b") == refused("王.王.王") == "malformed"
    assert refused(signed(claims(more="x" * MAX_TOKEN))) == "size"


def test_keys_that_cannot_be_used_are_passed_over_and_there_are_not_too_many() -> None:
    other = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "RSA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "short"},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
        {"kty": "lattice"},
        "no key",
        {**JWKS["keys"][0], "use": "enc"},
        {**JWKS["keys"][0], "key_ops": ["encrypt"]},
    ]
    assert [key.kid for key in keys_of({"keys": [*other, *JWKS["keys"]]})] == ["RSA", "P-256", "Ed25519"]
    assert not keys_of({"keys": other})
    for wrong in ({"keys": JWKS["keys"] * MAX_KEYS}, {}, [], {"keys": {}}):
        with pytest.raises(TokenRefused) as error:
            keys_of(wrong)
        assert error.value.code == "jwks"


def test_whoever_links_an_account_was_asked_just_now() -> None:
    since = Expected(ISSUER, CLIENT, NONCE, ACCESS, since=NOW - timedelta(minutes=2))
    assert read(signed(claims(auth_time=AT - 60)), since).subject == "p1"
    assert refused(signed(claims(auth_time=AT - 3600)), expected=since) == "auth_time"
    assert refused(signed(claims()), expected=since) == "auth_time"


@given(st.integers(-2_000, 2_000), st.integers(-2_000, 2_000))
def test_clocks_may_differ_by_a_minute_and_by_no_more(issued: int, ends: int) -> None:
    token, leeway = signed(claims(iat=AT + issued, exp=AT + ends)), LEEWAY.total_seconds()
    good = -MAX_AGE.total_seconds() - leeway <= issued <= leeway and ends > -leeway
    if good:
        assert read(token).subject == "p1"
    else:
        assert refused(token) in {"iat", "exp"}


GOOD = signed(claims(), "ES256")


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="ascii"))
def test_no_changed_character_gets_by(place: int, other: str) -> None:
    """But where the last character of a part has bits that stand for nothing, which leaves the same bytes."""
    token = GOOD[:place] + other + GOOD[place + 1 :]
    try:
        assert read(token).subject == "p1"
    except TokenRefused:
        return
    assert [base64.urlsafe_b64decode(part + "==") for part in token.split(".")] == [
        base64.urlsafe_b64decode(part + "==") for part in GOOD.split(".")
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_stands_in_a_claim_is_refused_or_right_and_breaks_nothing(value: Any) -> None:
    header = header_of(GOOD)
    for name in ("iss", "sub", "aud", "azp", "exp", "iat", "nonce", "at_hash", "sid", "amr", "auth_time"):
        try:
            proved = demand_identity(claims(**{name: value}), header, EXPECTED, NOW)
        except TokenRefused as error:
            assert error.code == name or (name, error.code) == ("aud", "azp")
        else:
            assert proved.subject == (value if name == "sub" else "p1")


def logout(**other: Any) -> dict[str, Any]:
    whole = {"iss": ISSUER, "aud": CLIENT, "iat": AT, "exp": AT + 60, "jti": "j1", "sub": "p1", "sid": "s1", "events": {LOGOUT: {}}} | other
    return {name: value for name, value in whole.items() if value is not GONE}


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("iss", {"iss": "https://id.other.example"}),
        ("aud", {"aud": "another"}),
        ("iat", {"iat": AT - 3600}),
        ("exp", {"exp": AT - 120}),
        ("events", {"events": {}}),
        ("events", {"events": GONE}),
        ("events", {"events": {LOGOUT: True}}),
        ("nonce", {"nonce": NONCE}),
        ("sub", {"sub": GONE, "sid": GONE}),
        ("jti", {"jti": GONE}),
    ],
)
def test_a_logout_token_that_is_none(code: str, other: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused) as error:
        demand_logout(logout(**other), ISSUER, CLIENT, NOW)
    assert error.value.code == code


def test_a_logout_token_says_whose_session_is_over() -> None:
    told = demand_logout(logout(), ISSUER, CLIENT, NOW)
    assert (told.subject, told.session, told.key) == ("p1", "s1", "j1")
    assert demand_logout(logout(sub=GONE, exp=GONE), ISSUER, CLIENT, NOW).subject == ""
    with pytest.raises(TokenRefused):
        demand_logout(claims(), ISSUER, CLIENT, NOW)
