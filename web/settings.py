"""Settings: read once from the environment (`HEYI_…`) or a TOML file into a frozen object.

An unknown or malformed setting stops the start with a sentence that names it. `docs/operations.md` lists them; a test compares the two.
"""

from __future__ import annotations

import os
import re
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from cases.delivery import parse_quiet_hours
from cases.errors import Invalid
from cases.identity import parse_email
from cases.keeping import LONGEST, LONGEST_WAIT
from realtime.address import trusted_networks
from realtime.readers import CONNECTIONS_PER_ADDRESS
from signaling.turn import parse_urls

PREFIX = "HEYI_"
MAX_MEDIA_WORKERS = 64


class SettingsError(ValueError):
    """The sentence says which setting is wrong and what it should be."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: str = "data"
    """Folder of everything that must survive: database, blobs, keys."""
    host: str = "127.0.0.1"
    """Address that the server listens on; 0.0.0.0 for the whole network."""
    port: int = 8420
    """Port of HTTP and websocket."""
    public_url: str = ""
    """How browsers reach the server, for links and QR codes; by default made of host and port."""
    database: str = ""
    """`sqlite:///path` or `postgres://user:password@host:port/name`; by default SQLite in the data folder."""
    redis: str = ""
    """`redis://host:port/0` where several nodes serve one installation, which then needs PostgreSQL too; by default one node alone."""
    warm: bool = True
    """Whether what prints and signs is made ready soon after the start; otherwise the first document waits for it."""
    media: bool = True
    """Whether this node serves the media of rooms; false on all of several nodes but one."""
    media_port: int = 0
    """UDP port of the first media worker, the others have those that follow; 0 lets the system choose."""
    media_workers: int = 0
    """Media workers of this node, a process and a core each; 0 for one on each core but one."""
    media_local: bool = True
    """Whether this server has media workers of its own; false where media nodes have them all."""
    media_control: str = ""
    """On a media node: `host:port` at which it takes the commands of servers, as they reach it."""
    media_drain: int = 7200
    """Seconds that a media node which was told to end waits for its rooms."""
    advertise: str = ""
    """Addresses of the media worker as browsers see them, separated by commas; by default the listening address."""
    media_tcp: bool = True
    """Whether media are also taken by TCP on the number of the media port, for networks that let no UDP through."""
    turn: str = ""
    """TURN relays for firewalls that let neither through, separated by commas: `turn:HOST:3478?transport=udp`, `turns:HOST:443?transport=tcp`."""
    turn_secret: str = ""
    """The secret that those relays share with this server (coturn: static-auth-secret)."""
    media_engine: str = "embedded"
    """What carries the rooms' media: `embedded`, our own worker, or `janus`, which does not record."""
    janus_url: str = ""
    """WebSocket API of a Janus, `ws://host:8188` or `wss://…`; with `media_engine` janus."""
    janus_secret: str = ""
    """`api_secret` of that Janus."""
    janus_admin_key: str = ""
    """`admin_key` of its VideoRoom plugin."""
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    """Websockets that one address may hold open; an office or a village behind one router counts as one."""
    trusted_proxies: str = ""
    """Addresses of reverse proxies whose X-Forwarded-* headers are believed, separated by commas."""
    tls_certificate: str = ""
    """Certificate chain (PEM) for HTTPS on this port; with `tls_key`."""
    tls_key: str = ""
    """Private key (PEM) of the certificate."""
    tls: bool = False
    """HTTPS with a certificate of this installation's own authority, where none is configured."""
    sm3: bool = False
    """Whether evidence bundles list SM3 beside SHA-256, of every file and segment."""
    pkcs11_module: str = ""
    """Library of a PKCS#11 token whose AES key wraps the keys of recordings; by default the key file in the data folder does."""
    pkcs11_token: str = ""
    """Label of the token."""
    pkcs11_key: str = "heyi recordings"
    """Label of the AES-256 key in it."""
    pkcs11_pin_file: str = ""
    """File with the user's PIN, readable by its owner alone."""
    timestamp_url: str = ""
    """Address of a timestamp service (RFC 3161); by default the embedded one stamps."""
    timestamp_root: str = ""
    """PEM file with its root certificate and those below it."""
    timestamp_crls: str = ""
    """Addresses of the revocation lists of the authorities in its chain, separated by commas."""
    timestamp_policy: str = ""
    """Object identifier of the policy by which it has to stamp; by default any."""
    authority_url: str = ""
    """Address of a certificate authority that speaks our protocol; by default the embedded one certifies."""
    authority_root: str = ""
    """PEM file with its root certificate and those below it."""
    authority_crls: str = ""
    """Addresses of the revocation lists of the authorities in its chain, separated by commas."""
    authority_secret_file: str = ""
    """File with the secret shared with it, readable by its owner alone."""
    identity_url: str = ""
    """Address of a provider that proves identities by our protocol; by default the mediator compares card and face on video."""
    identity_name: str = ""
    """The provider's name, as parties read it."""
    identity_secret_file: str = ""
    """File with the secret shared with it, readable by its owner alone."""
    risk_url: str = ""
    """Address of a risk early-warning platform that speaks our protocol; by default reports are kept here and go nowhere."""
    risk_secret_file: str = ""
    """File with the secret shared with it, readable by its owner alone."""
    signing_keys: str = "file"
    """Where the keys of the platform and of the committees' seals lie: `file`, or `token`, the PKCS#11 token that `pkcs11_…` name."""
    s3_bucket: str = ""
    """Bucket of an object store that speaks S3, into which files and ended recordings are moved; by default all stay in the data folder."""
    s3_endpoint: str = ""
    """Address of the object store, `https://host:port`; by default Amazon's own."""
    s3_region: str = "us-east-1"
    """Region of the bucket, as the object store calls it."""
    s3_keys_file: str = ""
    """File with the access key in its first line and the secret key in its second, readable by its owner alone."""
    s3_path_style: bool = True
    """Whether the bucket is part of the path; false where it is part of the host's name."""
    administrators_second_factor: bool = False
    """Whether administrators do nothing before they have turned their second factor on."""
    oidc_issuer: str = ""
    """Issuer of an identity provider that speaks OpenID Connect, `https://host/path`; by default staff sign in by password alone."""
    oidc_client_id: str = ""
    """Under which the provider knows this installation."""
    oidc_client_secret_file: str = ""
    """File with the client's secret, readable by its owner alone."""
    oidc_name: str = "统一身份认证"
    """What staff call the provider, on the button."""
    oidc_claim: str = "sub"
    """Claim of the ID token that names an account: `sub`, which somebody has linked, or one that is compared with names to sign in with."""
    quiet_hours: str = "22:00-08:00"
    """Of the county, in which no SMS goes out; the same hour twice for none."""
    sms_url: str = ""
    """Address of an SMS gateway that speaks our protocol; by default nobody is told by SMS."""
    sms_token_file: str = ""
    """File with the token that the gateway knows us by, readable by its owner alone."""
    wechat_app_id: str = ""
    """AppID of an official account (公众号) by which a party that has allowed one message is told; by default nobody is told by WeChat."""
    wechat_secret_file: str = ""
    """File with the account's AppSecret, readable by its owner alone."""
    wechat_template: str = ""
    """Template of the account's one-time messages (一次性订阅消息)."""
    wechat_api: str = "https://api.weixin.qq.com"
    """Where WeChat's servers are."""
    wechat_confirm: str = "https://mp.weixin.qq.com"
    """Where WeChat's page is that asks the person."""
    smtp_url: str = ""
    """Mail server for notices, `smtps://host:465` or `smtp+starttls://host:587`; by default nobody is told by e-mail."""
    smtp_from: str = ""
    """Address that notices come from."""
    smtp_keys_file: str = ""
    """File with the user in its first line and the password in its second, readable by its owner alone; none where the server asks for none."""
    sign_code: str = "screen"
    """How the one-time code before a party's signature is told: `screen`, read out by the mediator, or `sms`; `off` for none."""
    destruction_wait: int = 7
    """Days between asking for the destruction of a case's recordings, or of its file, and the day on which a second person can approve it."""
    file_kept: int = 730
    """Days from the closing of a case with an agreement until its file may be destroyed by two people."""
    office_phone: str = "0300-8821234"
    """Telephone of the office, on the public page."""
    log_level: str = "info"
    """debug, info, warning or error."""

    @property
    def folder(self) -> Path:
        return Path(self.data).resolve()

    @property
    def scratch(self) -> Path:
        """For decrypted copies while a bundle is put together; emptied at every start. Each node that shares the folder has its own."""
        return self.folder / "tmp" / f"{socket.gethostname()}-{self.port}"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite://{self.folder / 'heyi.sqlite3'}"

    @property
    def base_url(self) -> str:
        scheme = "https" if self.tls_certificate or self.tls else "http"
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return self.public_url.rstrip("/") or f"{scheme}://{host}:{self.port}"


def _check_notices(settings: Settings) -> None:
    try:
        parse_quiet_hours(settings.quiet_hours)
    except ValueError:
        raise SettingsError("HEYI_QUIET_HOURS are hours of the county such as 22:00-08:00; 00:00-00:00 for none") from None
    if bool(settings.sms_url) != bool(settings.sms_token_file):
        raise SettingsError("HEYI_SMS_URL and HEYI_SMS_TOKEN_FILE belong together; one of them is missing")
    if settings.sms_url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", settings.sms_url):
        raise SettingsError("HEYI_SMS_URL is an address such as https://sms.example.cn/send")
    if len({bool(one) for one in (settings.wechat_app_id, settings.wechat_secret_file, settings.wechat_template)}) > 1:
        raise SettingsError("HEYI_WECHAT_APP_ID, HEYI_WECHAT_SECRET_FILE and HEYI_WECHAT_TEMPLATE belong together; one of them is missing")
    for name, url in (("API", settings.wechat_api), ("CONFIRM", settings.wechat_confirm)):
        if not re.fullmatch(r"https?://[^\s/?#@]+/?", url):
            raise SettingsError(f"HEYI_WECHAT_{name} is an address such as https://api.weixin.qq.com")
    if settings.sign_code not in {"screen", "sms", "off"}:
        raise SettingsError("HEYI_SIGN_CODE is screen, sms or off")
    if settings.sign_code == "sms" and not settings.sms_url:
        raise SettingsError("HEYI_SIGN_CODE=sms needs HEYI_SMS_URL")
    if bool(settings.smtp_url) != bool(settings.smtp_from):
        raise SettingsError("HEYI_SMTP_URL and HEYI_SMTP_FROM belong together; one of them is missing")
    if settings.smtp_keys_file and not settings.smtp_url:
        raise SettingsError("HEYI_SMTP_KEYS_FILE needs HEYI_SMTP_URL")
    if settings.smtp_from:
        try:
            parse_email(settings.smtp_from)
        except Invalid:
            raise SettingsError("HEYI_SMTP_FROM is a mail address such as heyi@example.cn") from None


def _check_providers(settings: Settings) -> None:
    if settings.signing_keys not in {"file", "token"}:
        raise SettingsError("HEYI_SIGNING_KEYS is file or token")
    if settings.signing_keys == "token" and not settings.pkcs11_module:
        raise SettingsError("HEYI_SIGNING_KEYS=token needs HEYI_PKCS11_MODULE, HEYI_PKCS11_TOKEN and HEYI_PKCS11_PIN_FILE")
    stamps = (settings.timestamp_url, settings.timestamp_root, settings.timestamp_crls)
    if any((*stamps, settings.timestamp_policy)) and not all(stamps):
        raise SettingsError("HEYI_TIMESTAMP_URL, HEYI_TIMESTAMP_ROOT and HEYI_TIMESTAMP_CRLS belong together; one of them is missing")
    if settings.timestamp_policy and not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", settings.timestamp_policy):
        raise SettingsError("HEYI_TIMESTAMP_POLICY is an object identifier such as 1.2.156.10197.1")
    authority = (settings.authority_url, settings.authority_root, settings.authority_crls, settings.authority_secret_file)
    if any(authority) and not all(authority):
        raise SettingsError(
            "HEYI_AUTHORITY_URL, HEYI_AUTHORITY_ROOT, HEYI_AUTHORITY_CRLS and HEYI_AUTHORITY_SECRET_FILE belong together; one of them is missing"
        )


def _check_risk(settings: Settings) -> None:
    if bool(settings.risk_url) != bool(settings.risk_secret_file):
        raise SettingsError("HEYI_RISK_URL and HEYI_RISK_SECRET_FILE belong together; one of them is missing")


def _check_oidc(settings: Settings) -> None:
    oidc = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret_file)
    if any(oidc) and not all(oidc):
        raise SettingsError(
            "HEYI_OIDC_ISSUER, HEYI_OIDC_CLIENT_ID and HEYI_OIDC_CLIENT_SECRET_FILE belong together; one of them is missing"
        )
    if not 0 < len(settings.oidc_name) <= 20:
        raise SettingsError("HEYI_OIDC_NAME has 1 to 20 characters")
    if not re.fullmatch("[a-z][a-z_]{1,39}", settings.oidc_claim):
        raise SettingsError("HEYI_OIDC_CLAIM is a claim of the ID token such as sub, preferred_username or employee_number")


def _check_identity(settings: Settings) -> None:
    identity = (settings.identity_url, settings.identity_name, settings.identity_secret_file)
    if any(identity) and not all(identity):
        raise SettingsError("HEYI_IDENTITY_URL, HEYI_IDENTITY_NAME and HEYI_IDENTITY_SECRET_FILE belong together; one of them is missing")
    if len(settings.identity_name) > 20:
        raise SettingsError("HEYI_IDENTITY_NAME has at most 20 characters")


def read_settings(environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """File named by `HEYI_CONFIG`, then the environment, then `overrides` (the command line); later ones win. Raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    config = environment.get(PREFIX + "CONFIG")
    if config:
        try:
            values.update(tomllib.loads(Path(config).read_text()))
        except OSError as error:
            raise SettingsError(f"HEYI_CONFIG names {config}, which cannot be read: {error.strerror}") from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{config} is not TOML: {error}") from None
    known = {field.name for field in msgspec.structs.fields(Settings)}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name == PREFIX + "CONFIG":
            continue
        key = name.removeprefix(PREFIX).lower()
        if key not in known:
            raise SettingsError(f"{name} is not a setting of Heyi; known are {', '.join(sorted(PREFIX + k.upper() for k in known))}")
        values[key] = text
    values.update({k: v for k, v in (overrides or {}).items() if v is not None})
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"A setting is wrong: {error}") from None
    if not 0 <= settings.port <= 65535 or not 0 <= settings.media_port <= 65535:
        raise SettingsError("HEYI_PORT and HEYI_MEDIA_PORT are between 0 and 65535")
    if not 0 <= settings.media_workers <= MAX_MEDIA_WORKERS:
        raise SettingsError(f"HEYI_MEDIA_WORKERS is between 0 and {MAX_MEDIA_WORKERS}")
    if settings.media_port + settings.media_workers > 65536:
        raise SettingsError("HEYI_MEDIA_PORT and the ports after it, one for each of HEYI_MEDIA_WORKERS, are at most 65535")
    if settings.media_engine not in {"embedded", "janus"}:
        raise SettingsError("HEYI_MEDIA_ENGINE is embedded or janus")
    if (settings.media_engine == "janus") != settings.janus_url.startswith(("ws://", "wss://")):
        raise SettingsError("HEYI_MEDIA_ENGINE=janus and HEYI_JANUS_URL=ws://… or wss://… belong together; one of them is missing")
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise SettingsError("HEYI_TLS_CERTIFICATE and HEYI_TLS_KEY belong together; one of them is missing")
    if settings.connections_per_address < 1:
        raise SettingsError("HEYI_CONNECTIONS_PER_ADDRESS is a number from 1")
    if settings.redis and not settings.redis.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("HEYI_REDIS is an address such as redis://127.0.0.1:6379/0")
    if settings.media_control and not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}", settings.media_control):
        raise SettingsError("HEYI_MEDIA_CONTROL is host:port, such as 10.0.0.7:8421")
    if not settings.media_local and (not settings.redis or settings.media_engine != "embedded"):
        raise SettingsError("HEYI_MEDIA_LOCAL=false leaves the media to media nodes, which need HEYI_REDIS and HEYI_MEDIA_ENGINE=embedded")
    if not 0 <= settings.destruction_wait <= LONGEST_WAIT:
        raise SettingsError(f"HEYI_DESTRUCTION_WAIT is a number of days from 0 to {LONGEST_WAIT}")
    if not 0 <= settings.file_kept <= LONGEST:
        raise SettingsError(f"HEYI_FILE_KEPT is a number of days from 0 to {LONGEST}")
    if settings.media_drain < 0:
        raise SettingsError("HEYI_MEDIA_DRAIN is a number of seconds from 0")
    if settings.redis and not settings.media_control and settings.database_url.startswith("sqlite"):
        raise SettingsError("HEYI_REDIS joins several nodes, which need one PostgreSQL: set HEYI_DATABASE to postgres://…")
    if bool(settings.s3_bucket) != bool(settings.s3_keys_file):
        raise SettingsError("HEYI_S3_BUCKET and HEYI_S3_KEYS_FILE belong together; one of them is missing")
    if settings.s3_bucket and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", settings.s3_bucket):
        raise SettingsError("HEYI_S3_BUCKET is the name of a bucket: 3 to 63 small letters, digits, dots and hyphens")
    if settings.s3_endpoint and not re.fullmatch(r"https?://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?", settings.s3_endpoint):
        raise SettingsError("HEYI_S3_ENDPOINT is an address such as https://s3.example.cn:9000, without a path")
    if not settings.s3_path_style and re.search(r"://(\[|[0-9.]+(:|/|$))", settings.s3_endpoint):
        raise SettingsError(
            "HEYI_S3_PATH_STYLE=false puts the bucket into the host's name, which HEYI_S3_ENDPOINT must then have instead of an address"
        )
    _check_notices(settings)
    _check_providers(settings)
    _check_identity(settings)
    _check_oidc(settings)
    _check_risk(settings)
    token = (settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_pin_file)
    if any(token) and not (all(token) and settings.pkcs11_key):
        raise SettingsError(
            "HEYI_PKCS11_MODULE, HEYI_PKCS11_TOKEN, HEYI_PKCS11_KEY and HEYI_PKCS11_PIN_FILE belong together; one of them is missing"
        )
    try:
        relays = parse_urls(settings.turn)
    except ValueError as error:
        raise SettingsError(f"HEYI_TURN: {error}") from None
    if relays and len(settings.turn_secret) < 16:
        raise SettingsError("HEYI_TURN needs HEYI_TURN_SECRET, at least 16 characters, the same that the relay has")
    try:
        trusted_networks(settings.trusted_proxies)
    except ValueError as error:
        raise SettingsError(f"HEYI_TRUSTED_PROXIES: {error}") from None
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise SettingsError("HEYI_LOG_LEVEL is debug, info, warning or error")
    return settings
