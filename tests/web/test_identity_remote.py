"""The provider's protocol against a provider of its own process that behaves and misbehaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cases.ports import NotProved
from tests.web.identity_provider import SECRET, IdentityProvider
from web.identity_remote import RemoteIdentity

pytestmark = pytest.mark.anyio
CARD = ("李某", "11010519491231002X", "https://heyi.example/join/s?identity=back")


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    there = IdentityProvider()
    yield there
    there.end()


@pytest.fixture
def provider(running: IdentityProvider) -> IdentityProvider:
    running.mode("ok")
    running.decide("open")
    return running


def ours(provider: IdentityProvider, secret: str = SECRET) -> RemoteIdentity:
    return RemoteIdentity("实人平台", provider.url, secret.encode(), seconds=1.0)


async def test_a_person_is_asked_for_once_and_the_result_is_asked_of_the_provider(provider: IdentityProvider) -> None:
    token, url = await ours(provider).begin("key-1", *CARD)
    assert (token, url) == await ours(provider).begin("key-1", *CARD), "the same key, the same token"
    assert url.startswith("http://127.0.0.1:")
    assert provider.asked()["people"][-1] == {"name": CARD[0], "id_number": CARD[1]}
    assert (await ours(provider).outcome(token)).state == "open"
    provider.decide("failed", "mismatch")
    assert (await ours(provider).outcome(token)).reason == "mismatch"
    provider.decide("passed")
    assert (await ours(provider).outcome(token)).reference == f"record-{token[:6]}"


async def test_one_failure_is_tried_again(provider: IdentityProvider) -> None:
    provider.mode("once")
    assert await ours(provider).begin("key-2", *CARD)


@pytest.mark.parametrize("mode", ["silent", "failing", "refusing", "moved", "garbage", "endless"])
async def test_what_does_not_answer_as_it_should_proves_nothing(provider: IdentityProvider, mode: str) -> None:
    token, _ = await ours(provider).begin("key-3", *CARD)
    provider.decide("passed")
    provider.mode(mode)
    with pytest.raises(NotProved):
        await ours(provider).begin("key-4", *CARD)
    with pytest.raises(NotProved):
        await ours(provider).outcome(token)


@pytest.mark.parametrize("mode", ["short", "plain"])
async def test_a_token_to_guess_and_a_page_in_the_clear_are_not_taken(provider: IdentityProvider, mode: str) -> None:
    provider.mode(mode)
    with pytest.raises(NotProved):
        await ours(provider).begin(f"key-{mode}", *CARD)


async def test_another_secret_is_refused(provider: IdentityProvider) -> None:
    with pytest.raises(NotProved, match="403"):
        await ours(provider, "another-secret-than-theirs").begin("key-5", *CARD)


@pytest.mark.parametrize(
    ("url", "secret"), [("http://elsewhere.example/check", b"0123456789abcdef"), ("https://a.example/check", b"short")]
)
def test_what_is_not_safe_is_not_begun(url: str, secret: bytes) -> None:
    with pytest.raises(ValueError, match=r"https|bytes"):
        RemoteIdentity("实人平台", url, secret)
