"""Notices at the server: the bell of every open page, what is asked over HTTP, and kill -9 in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Client, Server, Visitor, serving
from tests.web.sms_gateway import TOKEN, SmsGateway
from tests.web.test_report_to_accept import report
from web.notices_verb import printed
from web.notices_verb import report as printed_log
from web.settings import Settings, SettingsError, read_settings
from web.telling import gateways_of

pytestmark = pytest.mark.anyio


async def entered(server: Server, link: str) -> Visitor:
    visitor = Visitor(server)
    await visitor.open(server.links[link])
    return visitor


async def listed(visitor: Visitor) -> list[dict[str, Any]]:
    return list((await visitor.http.get("/api/notices", params={"as": visitor.handle})).json())


async def told(visitor: Visitor, case: str) -> dict[str, Any]:
    """The notice of an order, once it has come; the demonstration's own may come beside it."""
    async with asyncio.timeout(10):
        while True:
            found = [row for row in await listed(visitor) if row["case"] == case]
            if found:
                assert len(found) == 1
                return found[0]
            await asyncio.sleep(0.05)


async def rung(client: Client, notice: dict[str, Any]) -> None:
    await client.until(lambda: client.docs["bell/wang"]["newest"] >= notice["id"] and client.docs["bell/wang"]["unread"] > 0)


async def asks(visitor: Visitor, method: str, path: str, body: Any = None) -> str:
    """The code of the refusal, or nothing."""
    answer = await visitor.http.request(method, path, params=None if "?" in path else {"as": visitor.handle}, json=body)
    return "" if answer.status_code == 200 else str(answer.json()["code"])


async def test_every_open_page_has_the_bell(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        centre, wang, other = await entered(server, "centre"), await entered(server, "mediator"), await entered(server, "second mediator")
        async with centre.connect() as c, wang.connect() as page, wang.connect() as phone, other.connect() as stranger:
            for client in (page, phone):
                await client.follow("bell/wang")
            await stranger.follow("bell/wang")
            assert stranger.gone["bell/wang"] == "not_permitted"
            _, made = await report(server, "notice-key-1")
            await c.do({"t": "dispatch", "case": made["case"], "to": ["wang"], "mode": "assign", "note": ""})
            first = await told(wang, made["case"])
            assert (first["kind"], first["number"], first["read"]) == ("order_offered", made["code"], False)
            await rung(page, first)
            await rung(phone, first)
            while (
                not (await told(wang, made["case"]))["read"] or phone.docs["bell/wang"]["unread"]
            ):  # the county's clock may tell of other cases meanwhile
                assert await asks(wang, "POST", "/api/notices/read", {"upto": (await listed(wang))[0]["id"]}) == ""
                await asyncio.sleep(0.1)
            assert not [one for one in await listed(other) if one["case"] == made["case"]], "what was told to wang"
            await limits(wang)
        log = await printed_log(Settings(data=str(server.data)), 0)
        assert log["waiting"] == {} and {row["state"] for row in log["log"]} <= {"sent", "given_up"}
        offered = next(row for row in log["log"] if row["case"] == made["case"])
        assert (offered["kind"], offered["channel"], offered["state"], offered["tries"]) == ("order_offered", "page", "sent", 1)
        assert printed(log).row_count == len(log["log"]) and await printed_log(Settings(data=str(server.data)), 1) == {**log, "log": []}


async def limits(wang: Visitor) -> None:
    """What is wrong is said, and nothing of it is stored."""
    for wrong in ("-1", "x", "1" * 19, "１"):
        assert await asks(wang, "GET", f"/api/notices?before={wrong}&as={wang.handle}") == "malformed"
    for body in ({}, {"upto": -1}, {"upto": 2**63}, {"upto": "1"}, {"upto": 1, "more": 1}, []):
        assert await asks(wang, "POST", "/api/notices/read", body) == "malformed"
    for body, code in (
        ({"email": "wang"}, "email_shape"),
        ({"email": "a@b.cn\r\nBcc: c@d.cn"}, "email_shape"),
        ({"email": "王@例子.cn"}, "email_shape"),
        ({"email": "a" * 190 + "@example.cn"}, "email_shape"),
        ({"phone": "12345"}, "phone_length"),
        ({"phone": "x" * 100}, "phone_shape"),
        ({"language": "fr"}, "malformed"),
        ({"fax": "1"}, "malformed"),
    ):
        assert await asks(wang, "POST", "/api/contact", body) == code, body
    contact = {"email": "wang@example.cn", "phone": "138 0000 1111", "language": "en"}
    assert await asks(wang, "POST", "/api/contact", contact) == ""
    kept = (await wang.http.get("/api/contact", params={"as": wang.handle})).json()
    assert kept == {**contact, "phone": "13800001111", "channels": ["page"]}
    assert await asks(wang, "POST", "/api/contact", {**contact, "email": ""}) == ""
    audit = Visitor(wang.server)
    await audit.open(wang.server.links["audit administrator"])
    logged = (await audit.http.get("/api/administration/log", params={"as": audit.handle, "kind": "accounts"})).json()
    assert [(row["by"], row["detail"]) for row in logged if row["act"] == "contact_altered"][:2] == [
        ("wang", "email"),
        ("wang", "phone email"),
    ]
    for path in ("/api/notices", "/api/contact"):
        assert (await Visitor(wang.server).http.get(path)).json()["code"] == "signed_out"


@contextmanager
def house(folder: Path, gateway: SmsGateway, token: Path, *offer: str) -> Iterator[subprocess.Popen[str]]:
    """Ready when it comes; killed, with what it started, in the end."""
    command = [sys.executable, "-m", "tests.web.told_house", str(folder), gateway.url, str(token), *offer]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def wait_for(condition: Any, seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def test_killed_while_the_gateway_is_silent_it_is_told_once(tmp_path: Path) -> None:
    """The gateway has taken it and not said so; after the kill it is asked again under the same key."""
    gateway, token = SmsGateway(), tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    try:
        gateway.mode("silent")
        with house(tmp_path / "data", gateway, token, "offer"):
            wait_for(gateway.asked)
        gateway.mode("ok")
        with house(tmp_path / "data", gateway, token):
            wait_for(lambda: list(gateway.asked().values()) == [2])
        with closing(sqlite3.connect(tmp_path / "data" / "heyi.sqlite3")) as database:
            assert database.execute("SELECT account, kind FROM notice").fetchall() == [("wang", "order_offered")]
        (told,) = gateway.told()
        assert told["to"] == "13800001111" and "楼上漏水" not in told["text"] and "郑" not in told["text"]
    finally:
        gateway.end()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"HEYI_QUIET_HOURS": "22-8"}, "HEYI_QUIET_HOURS"),
        ({"HEYI_SMS_URL": "https://sms.example.cn/send"}, "HEYI_SMS_TOKEN_FILE"),
        ({"HEYI_SMS_URL": "sms.example.cn", "HEYI_SMS_TOKEN_FILE": "token"}, "HEYI_SMS_URL"),
        ({"HEYI_SMTP_URL": "smtps://mail"}, "HEYI_SMTP_FROM"),
        ({"HEYI_SMTP_URL": "smtps://mail", "HEYI_SMTP_FROM": "heyi"}, "HEYI_SMTP_FROM"),
        ({"HEYI_SMTP_KEYS_FILE": "keys"}, "HEYI_SMTP_URL"),
    ],
)
def test_settings_that_are_wrong_are_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(environment)


def test_channels_are_those_that_are_set_up(tmp_path: Path) -> None:
    assert gateways_of(Settings()) == {}
    secret = tmp_path / "secret"
    secret.write_text("heyi\npassword\n")
    mail: dict[str, Any] = {"smtp_url": "smtps://mail.example.cn", "smtp_from": "heyi@example.cn", "smtp_keys_file": str(secret)}
    with pytest.raises(SettingsError, match=r"HEYI_SMTP_KEYS_FILE.*chmod 600"):
        gateways_of(Settings(**mail))
    secret.chmod(0o600)
    sms: dict[str, Any] = {"sms_url": "https://sms.example.cn/send", "sms_token_file": str(secret)}
    assert sorted(gateways_of(Settings(**mail, **sms))) == ["email", "sms"]
    with pytest.raises(SettingsError, match=r"HEYI_SMTP_URL.*smtps"):
        gateways_of(Settings(smtp_url="mail.example.cn", smtp_from="heyi@example.cn"))
    secret.write_text("heyi\n")
    with pytest.raises(SettingsError, match="user in its first line"):
        gateways_of(Settings(**mail))
