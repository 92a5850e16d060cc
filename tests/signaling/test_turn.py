from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from signaling.turn import LIFETIME, credentials, ice_servers, parse_urls


def test_a_name_tells_when_it_expires_and_the_password_proves_it() -> None:
    name, password = credentials("secret", "b", 1_700_000_000)
    assert name == "1700000000:b"
    assert base64.b64decode(password) == hmac.new(b"secret", b"1700000000:b", hashlib.sha1).digest()


def test_servers_are_those_of_a_browser() -> None:
    assert ice_servers([], "secret", "b", 0) == []
    (server,) = ice_servers(["turn:a:1", "turns:b:443?transport=tcp"], "secret", "b", 1000.5)
    assert server["urls"] == ["turn:a:1", "turns:b:443?transport=tcp"] and server["username"] == f"{1000 + LIFETIME}:b"


def test_addresses_are_read_or_named() -> None:
    assert parse_urls(" turn:a:1?transport=udp, turns:b:443 ,") == ["turn:a:1?transport=udp", "turns:b:443"]
    for wrong in ("stun:a:1", "turn:", "http://a", "a:3478"):
        with pytest.raises(ValueError, match="is no relay"):
            parse_urls(wrong)
