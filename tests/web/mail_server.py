"""A real mail server, aiosmtpd as a process of its own, that keeps what it takes and can be told to refuse.

As a program it reads a line a command and answers with one of JSON; its input's end is its own. Arguments: `tls`, `starttls` or `plain`, certificate, key.
"""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from typing import Any

from tests.simulator import Simulator

USER, PASSWORD = "heyi", "secret of the mail server"


class MailServerProcess(Simulator):
    def __init__(self, security: str, certificate: Path, key: Path) -> None:
        super().__init__("tests.web.mail_server", security, str(certificate), str(key))
        self.port = int(self.began["port"])

    def mode(self, answer: str) -> None:
        """`250 OK`, or what every recipient is answered with; `DATA 554 …` after the message."""
        self.do(f"mode {answer}")

    def told(self) -> list[dict[str, str]]:
        return list(self.do("told")["told"])


def main() -> None:
    from email import message_from_bytes, policy

    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword

    security, certificate, key = sys.argv[1:]
    told: list[dict[str, str]] = []
    answers = {"mode": "250 OK"}

    class Handler:
        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
            if answers["mode"][:3] in {"250", "DAT"}:
                envelope.rcpt_tos.append(address)
                return "250 OK"
            return answers["mode"]

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if answers["mode"].startswith("DATA "):
                return answers["mode"].removeprefix("DATA ")
            message = message_from_bytes(envelope.content, policy=policy.default)
            heads = {name.lower(): str(message[name]) for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")}
            told.append({**heads, "rcpt": envelope.rcpt_tos[0], "text": message.get_content()})
            return "250 OK"

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        ours = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=ours, handled=False, message=None if ours else "535 5.7.8 no")

    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(certificate, key)
    ways: dict[str, dict[str, Any]] = {
        "tls": {"ssl_context": trust, "auth_require_tls": False},
        "starttls": {"tls_context": trust, "require_starttls": True},
        "plain": {},
    }
    demanded = {} if security == "plain" else {"authenticator": authenticate, "auth_required": True}
    controller = Controller(Handler(), hostname="127.0.0.1", port=_free(), **ways[security], **demanded)
    controller.start()
    print(json.dumps({"port": controller.port}), flush=True)
    for line in sys.stdin:
        word, _, name = line.strip().partition(" ")
        if word == "mode":
            answers["mode"] = name
        print(json.dumps({"told": told}), flush=True)
    controller.stop()


def _free() -> int:
    from rehearsal.server import free_port

    return free_port()


if __name__ == "__main__":
    main()
