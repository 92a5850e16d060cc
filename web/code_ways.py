"""The two ways of a one-time code, behind the port `cases.ports.CodeWay`: read out by the mediator, or by SMS.

Read out, it proves that the person in the picture, whose face was compared with the card, has this device. By SMS it proves that whoever has the device also has
the telephone that the case knows.
"""

from __future__ import annotations

from agreements.one_time_code import SCREEN, SMS
from cases.ports import CodeWay, NotDelivered, Notifier
from cases.vocabulary import Channel
from web.notifiers import SmsNotifier

TEXT = "【和议】签名验证码 {code}，5 分钟内有效，只用于您正在签的调解协议。不是您本人在签，请不要告诉任何人。"


PROOF = "【和议】验证码 {code}，5 分钟内有效，用于核实这是您的电话。不是您本人操作，请不要告诉任何人。"
"""To whoever says to have a telephone: at a sign-in, another number, a report that is claimed."""


class DeskWay:
    """Nothing is sent: the mediator's page asks for it (`web.signing_codes`)."""

    at_desk = True

    async def bring(self, key: str, to: str, code: str) -> None:
        return None


class SmsWay:
    """At once or not at all: a code that waits in an outbox until the morning is of no use."""

    at_desk = False

    def __init__(self, gateway: SmsNotifier, text: str = TEXT) -> None:
        self._gateway, self._text = gateway, text

    async def bring(self, key: str, to: str, code: str) -> None:
        if not to:
            raise NotDelivered("no_address", final=True)
        await self._gateway.send(key, to, self._text.format(code=code))


def proof_way(gateways: dict[Channel, Notifier]) -> SmsWay | None:
    """How a code comes to a resident's telephone; None where no gateway is set up."""
    sms = gateways.get(Channel.SMS)
    return SmsWay(sms, PROOF) if isinstance(sms, SmsNotifier) else None


def code_ways(gateways: dict[Channel, Notifier]) -> dict[str, CodeWay]:
    """Those that are set up here, by their names."""
    ways: dict[str, CodeWay] = {SCREEN: DeskWay()}
    sms = gateways.get(Channel.SMS)
    if isinstance(sms, SmsNotifier):
        ways[SMS] = SmsWay(sms)
    return ways
