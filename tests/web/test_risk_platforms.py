"""Both platforms behind the port, by one suite: the demonstration's inbox, and the protocol against a platform of its own process. Then what only the protocol has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cases.ports import ClockOff, NotDelivered, RiskPlatform
from cases.risk import key_of
from tests.web.risk_platform import SECRET, RiskPlatformServer
from web.risk_inbox import RiskInbox
from web.risk_remote import RemoteRiskPlatform, signed_headers

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def running() -> Iterator[RiskPlatformServer]:
    there = RiskPlatformServer()
    yield there
    there.end()


@pytest.fixture
def server(running: RiskPlatformServer) -> RiskPlatformServer:
    running.mode("ok")
    running.skew(0)
    return running


def remote(server: RiskPlatformServer, secret: str = SECRET) -> RemoteRiskPlatform:
    return RemoteRiskPlatform(server.url, secret.encode(), seconds=1.0)


@pytest.fixture(params=["inbox", "remote"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> RiskPlatform:
    return RiskInbox(tmp_path / "inbox") if request.param == "inbox" else remote(request.getfixturevalue("server"))


def body(case: str, version: int, words: str = "火") -> bytes:
    return msgspec.json.encode({"case": case, "version": version, "words": words})


async def holding(platform: RiskPlatform) -> dict[str, str]:
    found: dict[str, str] = {}
    after = ""
    while True:
        items, after = await platform.held(after)
        found.update(items)
        if not after:
            return found


async def test_a_version_is_taken_once_and_answered_alike(platform: RiskPlatform) -> None:
    first = await platform.take(key_of("a", 1), body("a", 1))
    assert first and await platform.take(key_of("a", 1), body("a", 1)) == first
    assert await platform.take(key_of("a", 2), body("a", 2)) != first
    held = await holding(platform)
    assert held[key_of("a", 1)] == hashlib.sha256(body("a", 1)).hexdigest() and key_of("a", 2) in held
    with pytest.raises(NotDelivered) as other:
        await platform.take(key_of("a", 1), body("a", 1, "水"))
    assert other.value.final and await holding(platform) == held


async def test_what_is_held_comes_in_pages_and_whole(platform: RiskPlatform) -> None:
    for n in range(205):
        await platform.take(key_of(f"many{n:03}", 1), body(f"many{n:03}", 1))
    assert {key_of(f"many{n:03}", 1) for n in range(205)} <= (await holding(platform)).keys()
    items, after = await platform.held("")
    assert [key for key, _ in items] == sorted(key for key, _ in items) and after == items[-1][0]


async def test_the_inbox_is_on_the_disk_before_it_answers_and_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    inbox = RiskInbox(path, limit=2)
    receipt = await inbox.take(key_of("a", 1), body("a", 1))
    with path.open("a") as file:
        file.write('\n["a-000002", "{')  # killed in the middle of a line
    again = RiskInbox(path, limit=2)
    assert await again.take(key_of("a", 1), body("a", 1)) == receipt
    await again.take(key_of("a", 2), body("a", 2))
    with pytest.raises(NotDelivered, match="full"):
        await again.take(key_of("a", 3), body("a", 3))
    assert [one["version"] for one in RiskInbox(path).received(9)] == [2, 1]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", ["failing", "busy", "lost", "cut", "silent", "garbage", "endless", "wrong_hash", "stranger"])
async def test_what_is_not_acknowledged_as_it_should_be_is_tried_again(server: RiskPlatformServer, mode: str) -> None:
    key, text = key_of(f"b{mode}", 1), body(f"b{mode}", 1)
    server.mode(mode)
    with pytest.raises(NotDelivered) as failure:
        await remote(server).take(key, text)
    assert not failure.value.final and not isinstance(failure.value, ClockOff)
    assert failure.value.after == (1 if mode == "busy" else 0)
    server.mode("ok")
    assert await remote(server).take(key, text)
    assert [one for one in server.told()["bodies"] if one["case"] == f"b{mode}"] == [msgspec.json.decode(text)]
    assert server.told()["wrong"] == []


async def test_what_comes_late_is_there_once_and_overtakes_nothing(server: RiskPlatformServer) -> None:
    server.mode("late")
    for n in range(1, 6):
        with pytest.raises(NotDelivered):
            await remote(server).take(key_of(f"late{n}", 1), body(f"late{n}", 1))
    server.mode("ok")
    repeated = server.told()["repeated"]
    for n in range(1, 6):
        await remote(server).take(key_of(f"late{n}", 1), body(f"late{n}", 1))
        await remote(server).take(key_of(f"late{n}", 2), body(f"late{n}", 2))
    told = server.told()
    assert told["repeated"] == repeated + 1 and told["wrong"] == []
    assert [one["version"] for one in told["bodies"] if one["case"] == "late1"] == [1, 2]


async def test_a_refusal_says_why(server: RiskPlatformServer) -> None:
    server.mode("refusing")
    with pytest.raises(NotDelivered) as refusal:
        await remote(server).take(key_of("c", 1), body("c", 1))
    assert refusal.value.final and refusal.value.reason == "platform_no_such_region"


@pytest.mark.parametrize("seconds", [-400, 400, 86_400])
async def test_a_clock_that_is_off_is_told_apart_from_a_wrong_secret(server: RiskPlatformServer, seconds: int) -> None:
    server.skew(seconds)
    with pytest.raises(ClockOff) as off:
        await remote(server).take(key_of("d", 1), body("d", 1))
    assert abs(off.value.seconds - seconds) <= 2 and not off.value.final
    with pytest.raises(ClockOff):
        await remote(server).held("")
    server.skew(seconds // 400 * 4)
    if abs(seconds) < 1000:
        assert await remote(server).take(key_of("d", 1), body("d", 1)), "a few seconds are nothing"
    server.skew(0)
    with pytest.raises(NotDelivered, match="platform_signature"):
        await remote(server, "another-secret-than-theirs").take(key_of("d", 2), body("d", 2))


def test_a_signature_covers_the_way_and_is_new_with_every_try() -> None:
    url, secret = "https://risk.example/v1/reports?after=a%201", b"0123456789abcdef"
    signed = [signed_headers("GET", at, b"", secret, 1e9) for at in (url, url, url.replace("a%201", "a%202"))]
    assert len({one["Heyi-Signature"] for one in signed}) == 3 and len({one["Heyi-Nonce"] for one in signed}) == 3


@pytest.mark.parametrize(("url", "secret"), [("http://elsewhere.example/risk", b"0123456789abcdef"), ("https://a.example/risk", b"short")])
def test_what_is_not_safe_is_not_begun(url: str, secret: bytes) -> None:
    with pytest.raises(ValueError, match=r"https|bytes"):
        RemoteRiskPlatform(url, secret)
