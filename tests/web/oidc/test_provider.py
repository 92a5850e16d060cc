"""What is not taken from an identity provider: answers that are too large, too late, sent elsewhere, of another provider, or in the clear."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import web.oidc.provider
from cases.errors import NotAllowed, Unavailable
from web.oidc.attempt import begin
from web.oidc.provider import KEYS_AGAIN, MAX_ANSWER, QUIET, Provider, ProviderAway, provider_of
from web.settings import SettingsError, read_settings

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 6, tzinfo=UTC)
BACK = "https://heyi.example/api/oidc/back"


class Fake:
    """A provider that answers what it is told to; `asked` has the requests, head and body."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answers: dict[str, tuple[str, bytes]] = {}
        self.held = asyncio.Event()
        self.url = ""

    def says(self, path: str, said: Any, status: str = "200 OK", more: str = "") -> None:
        self.answers[path] = f"{status}\r\n{more}", said if isinstance(said, bytes) else msgspec.json.encode(said)

    def describes(self, **other: Any) -> None:
        whole = {"issuer": self.url} | {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")}
        self.says("/.well-known/openid-configuration", whole | {"jwks_uri": f"{self.url}/jwks"} | other)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:")), 0)
        self.asked.append(head + await reader.readexactly(length))
        path = head.split()[1].decode().partition("?")[0]
        if path not in self.answers:
            await self.held.wait()
        else:
            status, body = self.answers[path]
            writer.write(f"HTTP/1.1 {status}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        writer.close()

    def count(self, path: str) -> int:
        return sum(f" {path} ".encode() in asked for asked in self.asked)


class Steady:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def there() -> AsyncIterator[tuple[Fake, Provider, Steady]]:
    fake, steady = Fake(), Steady()
    server = await asyncio.start_server(fake.answer, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    fake.describes()
    fake.says("/jwks", {"keys": []})
    try:
        yield fake, Provider(fake.url, "he yi", "s:ecret&", BACK, monotonic=steady), steady
    finally:
        fake.held.set()
        server.close()
        await server.wait_closed()


async def away(ask: Callable[[], Awaitable[object]]) -> str:
    with pytest.raises(ProviderAway) as error:
        await ask()
    return str(error.value)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"issuer": "https://other.example"}, "not 'http://127.0.0.1"),
        ({"token_endpoint": "http://county.example/token"}, "is reached by https"),
        ({"jwks_uri": "file:///etc/passwd"}, "is reached by https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "is reached by https"),
        ({"authorization_endpoint": 7}, "Expected `str`"),
        ({"token_endpoint": "https://x/" + "y" * 500}, "length <= 500"),
        ({"code_challenge_methods_supported": ["plain"]}, "without PKCE"),
    ],
)
async def test_a_description_that_is_not_taken(other: dict[str, Any], why: str) -> None:
    async with there() as (fake, provider, _):
        fake.describes(**other)
        assert why in await away(provider.describe)


async def test_an_answer_that_is_too_large_too_late_sent_elsewhere_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async with there() as (fake, provider, _):
        path = "/.well-known/openid-configuration"
        fake.says(path, b" " * (MAX_ANSWER + 1))
        assert f"more than {MAX_ANSWER} bytes" in await away(provider.describe)
        fake.says(path, b"", "302 Found", f"Location: {fake.url}/elsewhere\r\n")
        assert "answers 302" in await away(provider.describe)
        assert fake.count("/elsewhere") == 0
        fake.says(path, b"<html>")
        assert "malformed" in await away(provider.describe)
        del fake.answers[path]
        monkeypatch.setattr(web.oidc.provider, "SECONDS", 0.2)
        assert "does not answer" in await away(provider.describe)
        fake.describes()
        await provider.describe()
        fake.says("/jwks", {"keys": [{}] * 51})
        assert "at most 50" in await away(provider.fresh_keys)


async def test_a_provider_that_is_away_is_left_alone_for_a_moment() -> None:
    async with there() as (fake, provider, steady):
        path = "/.well-known/openid-configuration"
        fake.says(path, b"", "503 Away")
        for _ in range(3):
            with pytest.raises(Unavailable):
                await provider.begin(begin(), fresh=False)
        assert fake.count(path) == 1 and provider.problem()
        fake.describes()
        steady.now += QUIET + 1
        await provider.begin(begin(), fresh=False)
        await provider.begin(begin(), fresh=False)
        assert fake.count(path) == 2 and not provider.problem(), "kept"


async def test_keys_are_not_asked_for_without_end() -> None:
    async with there() as (fake, provider, steady):
        token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AA"  # RS256, a key that is not known
        fake.says("/token", {"id_token": token})
        for _ in range(5):
            with pytest.raises(NotAllowed) as error:
                await provider.prove(begin(), "code", NOW)
            assert (error.value.code, error.value.detail) == ("oidc_token", {"why": "kid"})
        assert fake.count("/jwks") == 1
        steady.now += KEYS_AGAIN
        with pytest.raises(NotAllowed):
            await provider.prove(begin(), "code", NOW)
        assert fake.count("/jwks") == 2


async def test_the_client_shows_its_secret_in_the_header_or_where_that_is_not_taken_in_the_body() -> None:
    async with there() as (fake, provider, steady):
        fake.says("/token", {"error": "invalid_client"}, "401 No")
        attempt = begin()
        with pytest.raises(NotAllowed) as error:
            await provider.prove(attempt, "c", NOW)
        assert error.value.code == "oidc_answer"
        asked = fake.asked[-1].decode()
        basic = base64.b64encode(b"he%20yi:s%3Aecret%26").decode()
        assert f"Authorization: Basic {basic}" in asked, asked  # RFC 6749, 2.3.1
        assert f"code_verifier={attempt.verifier}" in asked and "client_secret" not in asked
        fake.describes(token_endpoint_auth_methods_supported=["client_secret_post"])
        steady.now += 4000
        with pytest.raises(NotAllowed):
            await provider.prove(attempt, "c", NOW)
        asked = fake.asked[-1].decode()
        assert "authorization:" not in asked.lower() and "client_id=he+yi&client_secret=s%3Aecret%26" in asked
        for body, status, code in ((b"<html>", "400 No", "oidc_answer"), (b"{}", "200 OK", "oidc_answer"), (b"", "502 No", "oidc_away")):
            fake.says("/token", body, status)
            with pytest.raises((NotAllowed, Unavailable)) as refusal:
                await provider.prove(attempt, "c", NOW)
            assert refusal.value.code == code


@pytest.mark.parametrize("issuer", ["http://county.example", "https://user@county.example", "ftp://county.example", "county"])
def test_an_issuer_in_the_clear_is_none(issuer: str) -> None:
    with pytest.raises(ValueError, match="reached by https"):
        Provider(issuer, "heyi", "secret", BACK)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"HEYI_OIDC_CLIENT_ID": ""}, "HEYI_OIDC_CLIENT_ID"),
        ({"HEYI_OIDC_ISSUER": ""}, "HEYI_OIDC_ISSUER"),
        ({"HEYI_OIDC_NAME": "统" * 21}, "HEYI_OIDC_NAME"),
        ({"HEYI_OIDC_NAME": ""}, "HEYI_OIDC_NAME"),
        ({"HEYI_OIDC_CLAIM": "Sub!"}, "HEYI_OIDC_CLAIM"),
        ({"HEYI_OIDC_ISSUER": "http://county.example"}, "HEYI_OIDC_ISSUER"),
        ({"HEYI_OIDC_CLIENT_SECRET_FILE": "none"}, "HEYI_OIDC_CLIENT_SECRET_FILE"),
    ],
)
def test_settings_that_are_not_taken(tmp_path: Path, wrong: dict[str, str], named: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    secret.chmod(0o600)
    good = {"HEYI_OIDC_ISSUER": "https://id.example", "HEYI_OIDC_CLIENT_ID": "heyi", "HEYI_OIDC_CLIENT_SECRET_FILE": str(secret)}
    there = provider_of(read_settings(good))
    assert there is not None and there.back == "http://127.0.0.1:8420/api/oidc/back"
    assert provider_of(read_settings({})) is None
    with pytest.raises(SettingsError, match=named):
        provider_of(read_settings(good | wrong))
