"""One suite for every channel: told once under a key, however often it is tried. And what each does when the other side is bad."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cases.ports import Letter, NotDelivered, Notifier
from cases.vocabulary import NoticeKind
from storage import bell
from storage.database import reads
from storage.models.notices import NoticeRow
from storage.steps import Change
from tests.web.mail_server import PASSWORD, USER, MailServerProcess
from tests.web.post import MovedClock, opened
from tests.web.sms_gateway import TOKEN, SmsGateway
from web.notifiers import MailNotifier, MailServer, PageNotifier, SmsNotifier, mail_server

pytestmark = pytest.mark.anyio
TEXT = "【和议】有一件纠纷交给您办理（HY-AAAA-BBBB）"


def letter(key: str = "k" * 32, to: str = "13800001111") -> Letter:
    return Letter(key, NoticeKind.ORDER_OFFERED, to, "case", "HY-AAAA-BBBB", "zh", "和议：HY-AAAA-BBBB 有新的通知", TEXT)


@pytest.fixture(scope="module")
def running_gateway() -> Iterator[SmsGateway]:
    gateway = SmsGateway()
    yield gateway
    gateway.end()


@pytest.fixture
def gateway(running_gateway: SmsGateway) -> SmsGateway:
    running_gateway.mode("ok")
    return running_gateway


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the loopback address, and its key."""
    from web.settings import Settings
    from web.tls import secured

    settings = secured(Settings(data=str(tmp_path_factory.mktemp("pair")), host="127.0.0.1", tls=True))
    return Path(settings.tls_certificate), Path(settings.tls_key)


class Bell:
    """The nodes, as the page's channel knows them."""

    def __init__(self) -> None:
        self.steps: list[Change] = []

    def step(self, case: str, change: Change) -> None:
        self.steps.append(change)


class Way(NamedTuple):
    """A channel, an address of it, and the texts or numbers that people were told there, by key."""

    notifier: Notifier
    to: str
    told: Callable[[], Awaitable[list[str]]]


@pytest.fixture(params=["page", "sms", "email"])
async def way(request: pytest.FixtureRequest, folder: Path, gateway: SmsGateway, pair: tuple[Path, Path]) -> AsyncIterator[Way]:
    if request.param == "page":
        async with opened(folder) as post:

            async def shown() -> list[str]:
                return [row.key for row in await NoticeRow.all().using_db(reads())]

            yield Way(PageNotifier(post.writer, Bell(), MovedClock()), "wang", shown)  # type: ignore[arg-type]
    elif request.param == "sms":

        async def sent() -> list[str]:
            return [one["key"] for one in gateway.told() if one["key"].startswith("suite")]

        yield Way(SmsNotifier(gateway.url, TOKEN), "13800001111", sent)
    else:
        server = MailServerProcess("plain", *pair)

        async def mailed() -> list[str]:
            # By the Message-ID, as mailboxes do: a mail server keeps no keys.
            return sorted({one["message-id"].strip("<>").partition("@")[0] for one in server.told()})

        yield Way(MailNotifier(MailServer("127.0.0.1", server.port, "plain", "heyi@example.cn")), "wang@example.cn", mailed)
        server.end()


async def test_told_once_under_a_key(way: Way) -> None:
    first, second = letter("suite1".ljust(32, "0"), way.to), letter("suite2".ljust(32, "0"), way.to)
    for one in (first, first, second, first):
        await way.notifier.deliver(one)
    assert sorted(await way.told()) == [first.key, second.key]


async def test_many_at_once_are_all_told(way: Way) -> None:
    many = [letter(f"suite-many-{n}".ljust(32, "0"), way.to) for n in range(8)]
    await asyncio.gather(*(way.notifier.deliver(one) for one in many))
    assert {one.key for one in many} <= set(await way.told())


# the page


async def test_the_bell_counts_and_tells_its_stream(folder: Path) -> None:
    async with opened(folder) as post:
        nodes = Bell()
        page = PageNotifier(post.writer, nodes, post.clock)  # type: ignore[arg-type]
        for n in range(3):
            await page.deliver(letter(str(n) * 32, "wang"))
            await page.deliver(letter(str(n) * 32, "wang"))
        await page.deliver(letter("x" * 32, "li"))
        assert [(step.stream, step.offset, step.patch["unread"]) for step in nodes.steps] == [
            *(("bell/wang|own", n, n) for n in (1, 2, 3)),
            ("bell/li|own", 1, 1),
        ]
        newest = (await bell.page("wang", 0))[0]
        assert (newest.kind, newest.number, newest.read) == ("order_offered", "HY-AAAA-BBBB", False)
        assert len(await bell.page("wang", newest.id)) == 2
        epoch, head, document = await post.reader.snapshot("bell/wang|own", None)
        assert (epoch, head, document) == (nodes.steps[0].epoch, 3, nodes.steps[2].patch)
        step = await post.writer.run(lambda db: bell.mark_read(db, "wang", newest.id - 1, post.clock.now()), lambda _: None)
        assert step is not None and step.patch == {"unread": 1, "newest": newest.id} and step.offset == 4
        assert (await bell.document("li"))["unread"] == 1, "only the own are read"
        assert await post.writer.run(lambda db: bell.mark_read(db, "wang", 0, post.clock.now()), lambda _: None) is None


# SMS


@pytest.mark.parametrize(
    ("mode", "reason", "final", "after"),
    [
        ("failing", "answered_500", False, 0),
        ("refusing", "answered_422", True, 0),
        ("busy", "answered_429", False, 700),
        ("moved", "answered_302", False, 0),
        ("silent", "silent", False, 0),
        ("cut", "away", False, 0),
        ("garbage", "away", False, 0),
    ],
)
async def test_a_bad_gateway(gateway: SmsGateway, mode: str, reason: str, final: bool, after: float) -> None:
    gateway.mode(mode)
    one, sms = letter(f"{mode}".ljust(32, "0")), SmsNotifier(gateway.url, TOKEN, within=0.5 if mode == "silent" else 10)
    with pytest.raises(NotDelivered) as failed:
        await sms.deliver(one)
    assert (failed.value.reason, failed.value.final, failed.value.after) == (reason, final, after)
    gateway.mode("ok")
    await sms.deliver(one)
    assert [told for told in gateway.told() if told["key"] == one.key] == [{"to": one.to, "text": TEXT, "key": one.key}], "told once"
    assert gateway.asked()[one.key] == 2


async def test_an_answer_that_comes_twice_is_nobody_elses(gateway: SmsGateway) -> None:
    sms = SmsNotifier(gateway.url, TOKEN, within=2)
    gateway.mode("twice")
    await sms.deliver(letter("t1".ljust(32, "0")))
    await sms.deliver(letter("t2".ljust(32, "0")))
    gateway.mode("endless")
    await sms.deliver(letter("t3".ljust(32, "0")))
    gateway.mode("failing")
    with pytest.raises(NotDelivered):
        await sms.deliver(letter("t4".ljust(32, "0")))
    assert gateway.asked()["t1".ljust(32, "0")] == 1


async def test_a_wrong_token_is_our_mistake_and_not_the_notices(gateway: SmsGateway) -> None:
    with pytest.raises(NotDelivered) as failed:
        await SmsNotifier(gateway.url, "another").deliver(letter())
    assert failed.value.reason == "answered_401" and not failed.value.final
    with pytest.raises(NotDelivered) as gone:
        await SmsNotifier("http://127.0.0.1:9/send", TOKEN).deliver(letter())
    assert gone.value.reason == "away"


# e-mail


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_mail_goes_out_encrypted_and_signed_in(security: str, pair: tuple[Path, Path]) -> None:
    server, trust = MailServerProcess(security, *pair), ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    try:
        at = MailServer("127.0.0.1", server.port, security, "heyi@example.cn", USER, PASSWORD)
        await MailNotifier(at, trust).deliver(letter(to="wang@example.cn"))
        (one,) = server.told()
        assert (one["rcpt"], one["to"], one["from"]) == ("wang@example.cn", "wang@example.cn", "heyi@example.cn")
        assert one["subject"] == letter().subject and one["text"].strip() == TEXT and one["auto-submitted"] == "auto-generated"
        failures: dict[str, tuple[Any, str]] = {
            "451 4.7.1 later": (False, "answered_451"),
            "550 5.1.1 nobody": (True, "answered_550"),
            "DATA 554 5.7.1 no": (True, "answered_554"),
            "DATA 452 4.3.1 full": (False, "answered_452"),
        }
        for mode, (final, reason) in failures.items():
            server.mode(mode)
            with pytest.raises(NotDelivered) as failed:
                await MailNotifier(at, trust).deliver(letter(to="wang@example.cn"))
            assert (failed.value.final, failed.value.reason) == (final, reason)
        server.mode("250 OK")
        for wrong, context, reason in (("wrong", trust, "answered_535"), (PASSWORD, None, "away")):
            other = MailServer("127.0.0.1", server.port, security, "heyi@example.cn", USER, wrong)
            with pytest.raises(NotDelivered) as refused:
                await MailNotifier(other, context).deliver(letter(to="wang@example.cn"))
            assert refused.value.reason == reason and not refused.value.final, "a certificate that nobody signed is not trusted"
        assert len(server.told()) == 1
    finally:
        server.end()


@pytest.mark.parametrize("url", ["", "http://mail", "smtp://", "smtps://user:secret@mail", "smtps://mail/path", "mail.example.cn"])
def test_addresses_of_mail_servers_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match="smtps://"):
        mail_server(url, "heyi@example.cn", "", "")


def test_addresses_of_mail_servers() -> None:
    assert mail_server("smtps://mail.example.cn", "a@b.cn", "u", "p").port == 465
    assert mail_server("smtp+starttls://mail:2525", "a@b.cn", "u", "p").port == 2525
    assert mail_server("smtp://127.0.0.1", "a@b.cn", "", "").security == "plain"
    with pytest.raises(ValueError, match="password"):
        mail_server("smtp://mail", "a@b.cn", "u", "p")
