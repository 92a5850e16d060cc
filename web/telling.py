"""The channels of this installation, as its settings name them: the page always, e-mail and SMS where they are set up."""

from __future__ import annotations

from pathlib import Path

from cases.ports import Notifier
from cases.vocabulary import Channel
from web.keys import read_secret
from web.notifiers import MailNotifier, SmsNotifier, mail_server
from web.settings import Settings, SettingsError
from web.wechat import WechatAccount


def gateways_of(settings: Settings) -> dict[Channel, Notifier]:
    """Beside the page. Raises `SettingsError` where secrets cannot be read."""
    found: dict[Channel, Notifier] = {}
    if settings.smtp_url:
        user, password = _mail_keys(settings.smtp_keys_file) if settings.smtp_keys_file else ("", "")
        try:
            found[Channel.EMAIL] = MailNotifier(mail_server(settings.smtp_url, settings.smtp_from, user, password))
        except ValueError as error:
            raise SettingsError(f"HEYI_SMTP_URL: {error}") from None
    if settings.sms_url:
        found[Channel.SMS] = SmsNotifier(settings.sms_url, _secret("HEYI_SMS_TOKEN_FILE", settings.sms_token_file).strip())
    return found


def wechat_of(settings: Settings) -> WechatAccount | None:
    """Raises `SettingsError` where the secret cannot be read."""
    if not settings.wechat_app_id:
        return None
    secret = _secret("HEYI_WECHAT_SECRET_FILE", settings.wechat_secret_file).strip()
    return WechatAccount(settings.wechat_app_id, secret, settings.wechat_template, settings.wechat_api, settings.wechat_confirm)


def _mail_keys(path: str) -> tuple[str, str]:
    lines = _secret("HEYI_SMTP_KEYS_FILE", path).splitlines()
    if len(lines) != 2 or not all(lines):
        raise SettingsError(f"HEYI_SMTP_KEYS_FILE: {path} has the user in its first line and the password in its second")
    return lines[0], lines[1]


def _secret(name: str, path: str) -> str:
    try:
        return read_secret(Path(path))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None
