"""One-time messages of a WeChat official account (公众号一次性订阅消息, developers.weixin.qq.com, "templateSubscribe"): the way to the person's consent, and the one message for it.

The account's access token (`stable_token`) is the same for all nodes that ask for it; it lasts two hours, and is asked for anew when WeChat says so. WeChat answers with status 200
and a code in the body. It keeps no keys, but one consent carries one message: what is tried again after silence comes once, or is refused as already used.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from cases.ports import Letter, NotDelivered
from storage.wechat_consents import WechatConsents
from web.notifiers import ANSWER_WITHIN

ANSWER_LIMIT = 64 * 1024
TOKEN_OVER = frozenset({40001, 40014, 42001})
"""The token is not, or no longer, one of theirs."""
NEVER = frozenset({40003, 43101, 43004, 47003, 41030, 45168})
"""For this person or text: no such person, not allowed or used already, a text that is not taken."""
QUOTA = frozenset({45009, 45047})
LATER = 3600.0
"""Seconds, after a day's or an hour's quota is used up."""
EARLY = 120.0
"""Seconds before its end from which a token is not used any more."""
OPENID = re.compile(r"[A-Za-z0-9_-]{20,64}")


class Answer(msgspec.Struct):
    errcode: int = 0
    errmsg: str = ""
    access_token: str = ""
    expires_in: int = 0


class WechatAccount:
    """`api` and `confirm`: where WeChat's servers and its pages are."""

    def __init__(self, app_id: str, secret: str, template: str, api: str, confirm: str, within: float = ANSWER_WITHIN) -> None:
        self.app_id, self._secret, self.template = app_id, secret, template
        self._api, self._confirm, self._within = api.rstrip("/"), confirm.rstrip("/"), within
        self._token, self._until = "", 0.0

    def question(self, state: str, scene: int, back: str) -> str:
        """The page of WeChat that asks the person. It comes back to `back` with `openid`, `template_id`, `action` (confirm or cancel), `scene` and `reserved`, our state."""
        asked = {
            "action": "get_confirm",
            "appid": self.app_id,
            "scene": scene,
            "template_id": self.template,
            "redirect_url": back,
            "reserved": state,
        }
        return f"{self._confirm}/mp/subscribemsg?{urlencode(asked, quote_via=quote)}#wechat_redirect"

    async def send(self, openid: str, scene: int, title: str, text: str, link: str) -> None:
        """Raises `NotDelivered`."""
        body = {
            "touser": openid,
            "template_id": self.template,
            "url": link,
            "scene": str(scene),
            "title": title,
            "data": {"content": {"value": text}},
        }
        answer = await self._ask(f"/cgi-bin/message/template/subscribe?access_token={quote(await self._access())}", body)
        if answer.errcode in TOKEN_OVER:
            self._token = ""
            answer = await self._ask(f"/cgi-bin/message/template/subscribe?access_token={quote(await self._access())}", body)
        _check(answer)

    async def _access(self) -> str:
        if not self._token or time.monotonic() > self._until:
            asked = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret}
            answer = await self._ask("/cgi-bin/stable_token", asked)
            if answer.errcode or not answer.access_token:
                # Our own settings or address, never the letter.
                raise NotDelivered(f"token_{answer.errcode}")
            self._token, self._until = answer.access_token, time.monotonic() + answer.expires_in - EARLY
        return self._token

    async def _ask(self, path: str, body: Any) -> Answer:
        data = b""
        try:
            async with asyncio.timeout(self._within), httpx.AsyncClient(timeout=self._within, trust_env=False) as http:
                headers = {"Content-Type": "application/json", "Connection": "close"}
                async with http.stream("POST", self._api + path, content=msgspec.json.encode(body), headers=headers) as answer:
                    async for piece in answer.aiter_bytes():
                        data += piece
                        if len(data) > ANSWER_LIMIT:
                            raise NotDelivered("garbage")
                    status = answer.status_code
        except (TimeoutError, httpx.TimeoutException):
            raise NotDelivered("silent") from None
        except (httpx.HTTPError, OSError):
            raise NotDelivered("away") from None
        if status != 200:
            raise NotDelivered(f"answered_{status}")
        try:
            return msgspec.json.decode(data, type=Answer)
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise NotDelivered("garbage") from None


def _check(answer: Answer) -> None:
    code = answer.errcode
    if code:
        raise NotDelivered(f"answered_{code}", final=code in NEVER, after=LATER if code in QUOTA else 0.0)


class WechatNotifier:
    """`to` is not looked at: who it goes to is known by the consent that the notice took."""

    def __init__(self, account: WechatAccount, consents: WechatConsents) -> None:
        self._account, self._consents = account, consents

    async def deliver(self, letter: Letter) -> None:
        found = await self._consents.of_notice(letter.key)
        if found is None:
            raise NotDelivered("no_consent", final=True)
        await self._account.send(*found, letter.subject, letter.text, letter.link)
