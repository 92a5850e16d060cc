"""What an installation leans on beyond its own machine: the keys' token, bucket, providers, risk platform, identity provider.

Each check answers with one `Finding` and never raises, as those of `web.doctor` do.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from web.finding import Finding
from web.settings import Settings


async def check_recording_key(settings: Settings) -> Finding:
    """Whether the key that wraps the keys of recordings is there and does so."""
    from storage.wrapping import KeyUnknown, WrappingError
    from web.recording_key import MAKE, probe

    name = "recording key"
    if not settings.pkcs11_module:
        return Finding(name, "ok", "the key file in the data folder")
    try:
        key, extractable = await probe(settings)
    except KeyUnknown as error:
        return Finding(name, "fail", str(error), f"运行 {MAKE} 在密码设备中生成密钥", f"Make it: {MAKE}")
    except WrappingError as error:
        zh = "检查密码设备（令牌）、HEYI_PKCS11_MODULE、HEYI_PKCS11_TOKEN 及 PIN 文件；设备不可用时新的录音录像无法开始，旧的无法播放"
        en = "Look at the token, HEYI_PKCS11_MODULE, HEYI_PKCS11_TOKEN and the file with the PIN; without it nothing new is recorded and nothing old opens"
        return Finding(name, "fail", str(error), zh, en)
    if extractable:
        zh = "该密钥可被导出，设备起不到保护作用：另建一把（HEYI_PKCS11_KEY 换名后运行 recording-key --make，再 --rewrap）"
        en = "The token would hand this key out: name another in HEYI_PKCS11_KEY, then recording-key --make and --rewrap"
        return Finding(name, "warn", f"{key.name} in {settings.pkcs11_token} can be extracted", zh, en)
    return Finding(name, "ok", f"{key.name} in {settings.pkcs11_token}")


async def check_bucket(settings: Settings) -> Finding:
    """Whether the bucket takes, gives back and deletes, where one is configured."""
    from storage.bucket import BucketAway
    from web.bucket import bucket_of, probe
    from web.settings import SettingsError

    name = "bucket"
    zh, en = (
        "检查 HEYI_S3_BUCKET、HEYI_S3_ENDPOINT、HEYI_S3_KEYS_FILE 及对象存储服务",
        "Check HEYI_S3_BUCKET, HEYI_S3_ENDPOINT, HEYI_S3_KEYS_FILE, and the store",
    )
    try:
        bucket = bucket_of(settings)
        if bucket is None:
            return Finding(name, "ok", "none: files stay in the data folder")
        await probe(bucket, settings.folder)
    except SettingsError as error:
        return Finding(name, "fail", str(error), zh, en)
    except BucketAway as error:
        return Finding(name, "fail", f"{settings.s3_bucket}: {error.reason}", zh, en)
    return Finding(name, "ok", f"{bucket.place.spoken} takes, gives back and deletes")


async def check_providers(settings: Settings, now: datetime) -> Finding:
    """Who certifies and stamps, and whether what is elsewhere answers: one timestamp is asked for, and every revocation list."""
    from agreements.authority import AuthorityError
    from evidence.timestamp import TimestampError
    from web.providers import probe
    from web.settings import SettingsError

    name = "providers"
    zh, en = (
        "检查 HEYI_TIMESTAMP_…、HEYI_AUTHORITY_… 各项设置、到服务商的网络，以及服务商；不可用时不能固化、签署、盖章和导出",
        "Check the settings HEYI_TIMESTAMP_… and HEYI_AUTHORITY_…, the way there, and the provider; without it nothing is frozen, signed, sealed or exported",
    )
    who = f"certificates: {settings.authority_url or 'embedded'}, timestamps: {settings.timestamp_url or 'embedded'}"
    if not settings.authority_url and not settings.timestamp_url:
        zh, en = (
            "内置服务不是第三方；正式使用前接入依法设立的服务",
            "The embedded ones are no third party: put licensed ones in their place before it counts",
        )
        return Finding(name, "warn", who, zh, en)
    try:
        lists = await probe(settings, now)
    except (SettingsError, AuthorityError, TimestampError) as error:
        return Finding(name, "fail", f"{who}: {error}", zh, en)
    return Finding(name, "ok", f"{who}; all answer, with {lists} revocation lists")


async def check_risk(settings: Settings) -> Finding:
    """Whether the risk platform answers us, where one is configured, and how far its clock is off where that is why it does not."""
    from cases.ports import ClockOff, NotDelivered
    from web.risk_remote import risk_platform_of
    from web.settings import SettingsError

    name = "risk platform"
    zh = "检查 HEYI_RISK_URL、HEYI_RISK_SECRET_FILE、到平台的网络，以及平台；恢复之前报送在本机排队等候"
    en = "Look at HEYI_RISK_URL, HEYI_RISK_SECRET_FILE, the way there, and the platform; meanwhile reports wait here"
    try:
        platform = risk_platform_of(settings)
        if platform is None:
            zh, en = (
                "风险报送只在本机登记：由工作人员按当地办法报送",
                "Reports are only entered here: the office makes them by its other ways",
            )
            return Finding(name, "ok", "none is connected", zh, en)
        await platform.held("")
    except ClockOff as error:
        zh, en = "校准本机时间，或请平台方校准", "Set this machine's clock, or have the platform's set"
        return Finding(name, "fail", f"{settings.risk_url}: its clock is {error.seconds:+d} s off ours", zh, en)
    except NotDelivered as error:
        return Finding(name, "fail", f"{settings.risk_url}: {error.reason}", zh, en)
    except SettingsError as error:
        return Finding(name, "fail", str(error), zh, en)
    return Finding(name, "ok", f"{settings.risk_url} answers")


async def check_oidc(settings: Settings) -> Finding:
    """Whether the identity provider that staff sign in by describes itself, shows its keys, and sends browsers back to us; where one is configured."""
    from web.oidc.provider import ProviderAway, provider_of
    from web.settings import SettingsError

    name = "identity provider"
    try:
        provider = provider_of(settings)
        if provider is None:
            return Finding(name, "ok", "none: staff sign in by password")
        keys = await provider.fresh_keys()
        strange = await provider.takes_us()
    except (SettingsError, ProviderAway) as error:
        zh = "检查 HEYI_OIDC_… 各项设置、到统一身份认证的网络及其服务；恢复之前请用密码登录"
        return Finding(
            name, "fail", str(error), zh, "Look at HEYI_OIDC_…, the way to the provider, and the provider; until then sign in by password"
        )
    if not keys:
        zh, en = "请提供方启用 RS256、PS256、ES256 或 EdDSA 签名密钥", "Have the provider sign with RS256, PS256, ES256 or EdDSA"
        return Finding(name, "fail", f"{settings.oidc_issuer} has no key that we can use", zh, en)
    if strange:
        zh = f"在提供方登记回调地址 {provider.back}，并核对 HEYI_OIDC_CLIENT_ID 和 HEYI_PUBLIC_URL"
        en = f"Register {provider.back} with the provider, and compare HEYI_OIDC_CLIENT_ID and HEYI_PUBLIC_URL"
        return Finding(name, "fail", f"{settings.oidc_issuer} {strange}", zh, en)
    return Finding(name, "ok", f"{settings.oidc_issuer} answers with {len(keys)} keys, and sends browsers back to {provider.back}")


async def check_signing_keys(settings: Settings) -> Finding:
    """Whether the token takes the PIN, where it has the keys of platform and seals."""
    from evidence.token_key import TokenError, sees
    from web.providers import token_of
    from web.settings import SettingsError

    name = "signing keys"
    if settings.signing_keys != "token":
        return Finding(name, "ok", "files in the data folder")
    try:
        count = await asyncio.to_thread(sees, token_of(settings))
    except (SettingsError, TokenError) as error:
        zh = "检查密码设备（令牌）、HEYI_PKCS11_… 各项设置及 PIN 文件；设备不可用时不能固化、盖章和导出"
        return Finding(
            name,
            "fail",
            str(error),
            zh,
            "Look at the token, HEYI_PKCS11_… and the file with the PIN: nothing is frozen, sealed or exported",
        )
    return Finding(name, "ok", f"{settings.pkcs11_token} has {count}; they are made at first use")
