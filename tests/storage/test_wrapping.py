"""What wraps the keys of recordings: one suite for the key file and a token; what a token says that is wrong, away or pulled out."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator

import pytest
from pkcs11 import Attribute, KeyType

from storage import pkcs11_token
from storage.pkcs11_token import LONGEST_ID, Token
from storage.wrapping import FileKey, KeyAway, Keyring, KeyUnknown, NotOpened, PinRefused, WrappingError, WrappingKey
from tests.storage.soft_tokens import MODULE, PIN, SoftTokens

pytestmark = pytest.mark.anyio
KEY, SESSION = bytes(range(32)), "c1-s1"


@pytest.fixture
async def token(soft_tokens: SoftTokens) -> AsyncIterator[Token]:
    label = os.urandom(4).hex()
    soft_tokens.make(label)
    made = Token(MODULE, label, lambda: PIN, quiet=0)
    yield made
    made.close()


@pytest.fixture(params=["file", "token"])
async def key(request: pytest.FixtureRequest, token: Token) -> WrappingKey:
    return FileKey(bytes(32)) if request.param == "file" else await token.make_key("recordings")


async def test_what_was_wrapped_opens_for_its_session_alone(key: WrappingKey) -> None:
    wrapped = await key.wrap(KEY, SESSION)
    assert KEY not in wrapped and await key.unwrap(wrapped, SESSION) == KEY
    assert await key.wrap(KEY, SESSION) != wrapped, "never the same nonce"
    altered = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for data, session in ((wrapped, "c1-s2"), (altered, SESSION), (wrapped[:20], SESSION), (b"", SESSION)):
        with pytest.raises(NotOpened, match=session):
            await key.unwrap(data, session)
    assert await key.unwrap(wrapped, SESSION) == KEY, "a refusal costs nothing"
    assert len(key.name) <= 140


async def test_both_kinds_are_read_side_by_side(token: Token) -> None:
    file, first = FileKey(bytes(32)), await token.make_key("first")
    second = await token.make_key("second")
    ring = Keyring(second, lambda name: file if name == file.name else token.key_named(name), token.problem)
    for former in (file, first, second):
        assert await ring.unwrap(await former.wrap(KEY, SESSION), former.name, SESSION) == KEY
    with pytest.raises(KeyUnknown):
        await ring.unwrap(await first.wrap(KEY, SESSION), "pkcs11:00", SESSION)
    with pytest.raises(KeyUnknown, match="HEYI_PKCS11"):
        await Keyring.of_file(file).unwrap(await first.wrap(KEY, SESSION), first.name, SESSION)


async def test_the_key_stays_in_the_token(token: Token) -> None:
    made = await token.make_key("recordings")
    assert (await token.key("recordings")).name == made.name and not await made.extractable()
    with pytest.raises(NotOpened, match="AttributeSensitive"):
        await token.call(lambda session: made._find(session)[Attribute.VALUE])
    with pytest.raises(WrappingError, match="already"):
        await token.make_key("recordings")
    with pytest.raises(KeyUnknown, match="no AES key others"):
        await token.key("others")


@pytest.mark.parametrize("size", [0, LONGEST_ID + 1])
async def test_a_key_that_rows_could_not_name(token: Token, size: int) -> None:
    await token.call(lambda session: session.generate_key(KeyType.AES, 256, id=bytes(size), label="made by others", store=True), write=True)
    with pytest.raises(KeyUnknown, match=f"1 to {LONGEST_ID} bytes"):
        await token.key("made by others")


async def test_a_token_that_is_pulled_out_and_put_back(token: Token, soft_tokens: SoftTokens) -> None:
    key = await token.make_key("recordings")
    wrapped = await key.wrap(KEY, SESSION)
    soft_tokens.pull_out()
    try:
        for _ in range(2):
            with pytest.raises(KeyAway):
                await key.unwrap(wrapped, SESSION)
            assert token.problem()
    finally:
        soft_tokens.put_back()
    assert await key.unwrap(wrapped, SESSION) == KEY and token.problem() == ""


async def test_a_token_that_is_away_is_not_asked_without_end(token: Token) -> None:
    opened = 0

    def pin() -> str:
        nonlocal opened
        opened += 1
        return PIN

    away = Token(MODULE, "nobody", pin, quiet=60)
    for _ in range(3):
        with pytest.raises(KeyAway, match="there is no PKCS#11 token nobody"):
            await away.key("recordings")
    away.close()
    assert opened == 1


async def test_a_token_that_hangs_is_waited_for_once(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs11_token, "SECONDS", 0.2)
    goes_on = threading.Event()
    with pytest.raises(KeyAway, match="does not answer"):
        await token.call(lambda session: goes_on.wait(10))
    monkeypatch.setattr(pkcs11_token, "SECONDS", 60.0)
    with pytest.raises(KeyAway, match="does not answer"):
        await token.make_key("recordings")
    goes_on.set()
    while token.problem():
        await asyncio.sleep(0.01)
    assert await token.make_key("recordings"), "it came back by itself"


async def test_a_wrong_pin_is_sent_once(token: Token) -> None:
    said = ["1111", "1111", "1111", PIN]
    other = Token(MODULE, token._label, lambda: said.pop(0), quiet=0)
    with pytest.raises(PinRefused, match="PinIncorrect"):
        await other.key("recordings")
    for _ in range(2):
        with pytest.raises(PinRefused, match="before"):
            await other.key("recordings")
    with pytest.raises(KeyUnknown):
        await other.key("the file has another PIN now")
    other.close()


async def test_no_module_and_no_pin() -> None:
    with pytest.raises(KeyAway, match="no-such-module"):
        await Token("/no-such-module.so", "heyi", lambda: PIN).key("recordings")

    def unreadable() -> str:
        raise ValueError("/etc/pin can be read by others: chmod 600 /etc/pin")

    with pytest.raises(PinRefused, match="chmod"):
        await Token(MODULE, "heyi", unreadable).key("recordings")


async def test_what_is_closed_has_logged_out_when_it_returns(token: Token) -> None:
    """Sessions of one process share their login: the next one must not meet the end of the former."""
    for number in range(10):
        one = Token(MODULE, token._label, lambda: PIN, quiet=0)
        await one.make_key(f"key {number}")
        assert await (await one.key(f"key {number}")).extractable() is False
        one.close()
        assert not one._thread.is_alive() and one._session is None
