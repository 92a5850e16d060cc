"""The channels behind the port `cases.ports.Notifier`: an account's page, e-mail by SMTP, SMS by a gateway that speaks our small protocol.

SMS (docs/operations.md): `POST` of `{"to", "text"}` as JSON with `Authorization: Bearer` and `Idempotency-Key`. 2xx: taken. 400, 410, 413, 422: never, for
this number or text. Anything else, and silence: later, with the same key. Only the status is read: whatever comes after it is nobody's answer.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import urlsplit

import httpx
import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.ports import Clock, Letter, NotDelivered
from storage import bell
from storage.steps import Change
from storage.writer import Writer
from web.nodes import Nodes

ANSWER_WITHIN = 10.0
"""Seconds for each step of a conversation with a gateway or a mail server."""
NEVER = frozenset({400, 410, 413, 422})


class PageNotifier:
    """Onto the account's page, and to every page of it that is open, on whichever node. `to`: the account's id."""

    def __init__(self, writer: Writer, nodes: Nodes, clock: Clock) -> None:
        self._writer, self._nodes, self._clock = writer, nodes, clock

    async def deliver(self, letter: Letter) -> None:
        async def job(db: BaseDBAsyncClient) -> Change | None:
            return await bell.put(db, letter, self._clock.now())

        def tell(change: Change | None) -> None:
            if change is not None:
                self._nodes.step(letter.case_id, change)

        await self._writer.run(job, tell)


class SmsNotifier:
    """`to`: a telephone number of mainland China, as `cases.identity.parse_phone` writes it."""

    def __init__(self, url: str, token: str, within: float = ANSWER_WITHIN) -> None:
        self._url, self._token, self._within = url, token, within

    async def deliver(self, letter: Letter) -> None:
        await self.send(letter.key, letter.to, letter.text)

    async def send(self, key: str, to: str, text: str) -> None:
        """At once, whatever the hour. Raises `NotDelivered`."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key, "Connection": "close"}
        body = msgspec.json.encode({"to": to, "text": text})
        try:
            async with asyncio.timeout(self._within), httpx.AsyncClient(timeout=self._within, trust_env=False) as http:
                headers["Content-Type"] = "application/json"
                async with http.stream("POST", self._url, content=body, headers=headers) as answer:
                    status, wait = answer.status_code, answer.headers.get("Retry-After", "")
        except TimeoutError:
            raise NotDelivered("silent") from None
        except httpx.TimeoutException:
            raise NotDelivered("silent") from None
        except (httpx.HTTPError, OSError):
            raise NotDelivered("away") from None
        if not 200 <= status < 300:
            seconds = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 0.0
            raise NotDelivered(f"answered_{status}", final=status in NEVER, after=seconds)


class MailServer(msgspec.Struct, frozen=True):
    """`security`: `tls` from the first byte, `starttls` demanded, or `plain` for a relay of this machine. `user` empty: no sign-in."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = ""


def mail_server(url: str, sender: str, user: str, password: str) -> MailServer:
    """Of `smtps://host:465`, `smtp+starttls://host:587` or `smtp://127.0.0.1:25`. Raises `ValueError`."""
    parts = urlsplit(url)
    securities = {"smtps": ("tls", 465), "smtp+starttls": ("starttls", 587), "smtp": ("plain", 25)}
    if parts.scheme not in securities or not parts.hostname or parts.path not in {"", "/"} or parts.username:
        raise ValueError("a mail server is smtps://host:465, smtp+starttls://host:587 or smtp://127.0.0.1:25")
    security, port = securities[parts.scheme]
    if security == "plain" and user:
        raise ValueError("a password does not go over smtp://; use smtps:// or smtp+starttls://")
    return MailServer(parts.hostname, parts.port or port, security, sender, user, password)


class MailNotifier:
    """`to`: a mail address. A mail server keeps no keys: the key is in the Message-ID, by which mailboxes know a repeated message."""

    def __init__(self, server: MailServer, trust: ssl.SSLContext | None = None, within: float = ANSWER_WITHIN) -> None:
        self._server, self._within = server, within
        self._trust = trust or ssl.create_default_context()

    async def deliver(self, letter: Letter) -> None:
        await asyncio.to_thread(self._send, letter)

    def _send(self, letter: Letter) -> None:
        try:
            line = self._connect()
            try:
                line.send_message(self._message(letter), self._server.sender, [letter.to])
            finally:
                # What was taken is taken, however the conversation ends.
                with suppress(smtplib.SMTPException, OSError):
                    line.quit()
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise NotDelivered(f"answered_{code}", final=code >= 500) from None
        except smtplib.SMTPAuthenticationError as error:
            raise NotDelivered(f"answered_{error.smtp_code}") from None  # our own mistake, not the letter's
        except smtplib.SMTPDataError as error:
            raise NotDelivered(f"answered_{error.smtp_code}", final=error.smtp_code >= 500) from None
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"answered_{error.smtp_code}") from None
        except TimeoutError:
            raise NotDelivered("silent") from None
        except (smtplib.SMTPException, OSError):
            raise NotDelivered("away") from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        domain = server.sender.rpartition("@")[2]  # for EHLO: else smtplib asks the name service who this machine is
        if server.security == "tls":
            line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, domain, timeout=self._within, context=self._trust)
        else:
            line = smtplib.SMTP(server.host, server.port, domain, timeout=self._within)
        try:
            if server.security == "starttls":
                line.starttls(context=self._trust)
            if server.user:
                line.login(server.user, server.password)
        except BaseException:
            line.close()
            raise
        return line

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._server.sender, letter.to, letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{letter.key}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers
        message["Content-Language"] = letter.language
        message.set_content(letter.text)
        return message
