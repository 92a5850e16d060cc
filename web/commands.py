"""The command line: verbs, their options, and what they print."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from storage.wrapping import WrappingError
from web.commands_operations import operations
from web.commands_storage import storage
from web.port import CannotListen
from web.settings import Settings, SettingsError, read_settings

ROOT = Path(__file__).resolve().parent.parent
cli = typer.Typer(
    help="和议 Heyi: online mediation of disputes.", no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False
)
cli.add_typer(operations)
cli.add_typer(storage)
console = Console(stderr=True)

PortOption = Annotated[int | None, typer.Option(help="Port of HTTP and websocket")]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on")]
TlsOption = Annotated[bool | None, typer.Option("--tls", help="HTTPS with a certificate of this installation's own authority")]
DataOption = Annotated[str | None, typer.Option(help="Data folder")]


def _settings(**overrides: Any) -> Settings:
    try:
        return read_settings(overrides=overrides)
    except SettingsError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from None


def _secured(settings: Settings) -> Settings:
    """With our own certificate where `tls` asks for it; says where phones fetch it."""
    if not settings.tls or settings.tls_certificate:
        return settings
    from web.authority_page import fingerprint
    from web.tls import own_authority, secured

    settings = secured(settings)
    authority = own_authority(settings)
    assert authority is not None
    console.print(f"Phones fetch this server's certificate at [bold]{settings.base_url}/ca[/bold] and compare this fingerprint:")
    console.print(fingerprint(authority.read_bytes()))
    return settings


def _tell_of_fonts() -> None:
    """What would come out only where somebody asks for a form. The server starts all the same: people report and meet without."""
    from web.composition import CLIENT_FONTS, SYSTEM_FONTS
    from web.doctor import check_fonts

    found = check_fonts((str(CLIENT_FONTS), *SYSTEM_FONTS))
    if found.status == "fail":
        console.print(f"[red]字体 fonts {found.detail}[/red]\n{found.zh}\n{found.en}", soft_wrap=True)


def _run(main: Any) -> Any:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main)
    except (CannotListen, SettingsError, WrappingError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None


@cli.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        serve()


@cli.command()
def serve(host: HostOption = None, port: PortOption = None, data: DataOption = None, tls: TlsOption = None) -> None:
    """Serve this installation."""
    from web.logs import configure_logs
    from web.server import serve as run_server
    from web.setup.client import ensure_client

    settings = _secured(_settings(host=host, port=port, data=data, tls=tls))
    ensure_client(ROOT)
    _tell_of_fonts()
    configure_logs(settings.log_level)

    async def ready(house: Any) -> None:
        console.print(f"和议 Heyi serves at [bold]{settings.base_url}[/bold]  (Ctrl-C ends it)")

    _run(run_server(settings, ready=ready))


@cli.command()
def media(data: DataOption = None) -> None:
    """A media node: media workers alone, on a machine of their own. The first SIGTERM lets its rooms end, the second moves them at once."""
    from web.logs import configure_logs
    from web.media_node import CannotServe, run_node

    settings = _settings(data=data)
    configure_logs(settings.log_level)
    try:
        _run(run_node(settings, console.print))
    except CannotServe as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None


@cli.command()
def demo(
    host: HostOption = None,
    port: PortOption = None,
    data: DataOption = None,
    tls: TlsOption = None,
    fresh: Annotated[bool, typer.Option(help="Begin with a new county")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the links as one JSON object")] = False,
) -> None:
    """Serve an invented county and print a link for every role."""
    from functools import partial

    from web.demonstration import announce
    from web.logs import configure_logs
    from web.server import serve as run_server
    from web.setup.client import ensure_client

    settings = _settings(host=host, port=port, data=data or "data-demo", tls=tls)
    if fresh and settings.folder.exists():
        import shutil

        shutil.rmtree(settings.folder)
    settings = _secured(settings)
    ensure_client(ROOT)
    _tell_of_fonts()
    configure_logs("warning" if settings.log_level == "info" else settings.log_level)
    _run(run_server(settings, synthetic=True, ready=partial(announce, as_json=as_json)))


@cli.command()
def rehearse(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    keep: Annotated[Path | None, typer.Option(help="Folder to keep the evidence bundles in")] = None,
) -> None:
    """Play a whole case against a real server, with headless people who send real encoded media."""
    from rehearsal.verb import rehearse as play
    from web.setup.client import ensure_client

    ensure_client(ROOT)
    raise typer.Exit(play(keep, as_json))


@cli.command()
def soak(
    hours: Annotated[float, typer.Option(help="How long; one storm of some seconds at least")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the first storm; each later one has the next")] = 1,
    only: Annotated[str, typer.Option(help="Only `storms`, `rooms`, `recordings` or `walks`")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Storms over servers of its own (kill -9, cut sockets, crashes of Redis and PostgreSQL), people who come to rooms and go, a long recording whose
    clocks drift apart, and ten thousand steps of everybody who tries every command. Exit code 1 if anything was lost, left behind, out of step or done against the permissions table."""
    import json

    from rehearsal.soak import soak as blow
    from web.setup.client import ensure_client

    if only not in {"", "storms", "rooms", "recordings", "walks"}:
        console.print("[red]--only is storms, rooms, recordings or walks[/red]")
        raise typer.Exit(2)
    ensure_client(ROOT)
    result = blow(hours, seed, only)
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    raise typer.Exit(0 if result["ok"] else 1)


@cli.command("create-admin")
def create_admin(
    login: Annotated[str, typer.Argument(help="Name to sign in with")],
    name: Annotated[str, typer.Option(help="The person's name")] = "管理员",
    role: Annotated[str, typer.Option(help="system_admin, security_admin or audit_admin")] = "system_admin",
    region: Annotated[str, typer.Option(help="Code of the county; without it, the whole installation")] = "",
    data: DataOption = None,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Make an administrator's account: of the system, of security, or of audit; three people, each with one of them."""
    from cases.errors import Refusal
    from cases.vocabulary import ADMIN_ROLES, Role
    from web.accounts import make_administrator

    if role not in set(ADMIN_ROLES):
        console.print(f"[red]There is no administrator {role}; known are {', '.join(ADMIN_ROLES)}[/red]")
        raise typer.Exit(2)
    try:
        _run(make_administrator(_settings(data=data), login, name, password, Role(role), region))
    except Refusal as refusal:
        console.print(f"[red]{refusal.message}[/red]")
        raise typer.Exit(1) from None
    console.print(f"The administrator {login} can sign in now.")


@cli.command()
def account(
    login: Annotated[str, typer.Argument(help="Name to sign in with")],
    disable: Annotated[bool | None, typer.Option("--disable/--enable", help="Whether it may be used")] = None,
    role: Annotated[str | None, typer.Option(help="Another role")] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Forget the password and print a link for coming in, where a new one is chosen")
    ] = False,
    reset_totp: Annotated[bool, typer.Option("--reset-totp", help="Turn the second factor off, and end all sign-ins")] = False,
    data: DataOption = None,
) -> None:
    """Alter an account. Connections that it has open on running servers follow within seconds."""
    from cases.errors import Refusal
    from cases.vocabulary import STAFF_ROLES, Role
    from web.accounts import alter_account, forget_factor, let_in

    if role is not None and role not in set(STAFF_ROLES):
        console.print(f"[red]There is no role {role}; known are {', '.join(STAFF_ROLES)}[/red]")
        raise typer.Exit(2)
    if disable is None and role is None and not link and not reset_totp:
        console.print("[red]Say what to alter: --disable, --enable, --role, --link or --reset-totp[/red]")
        raise typer.Exit(2)
    try:
        if disable is not None or role is not None:
            _run(alter_account(_settings(data=data), login, disabled=disable, role=Role(role) if role else None))
        if reset_totp:
            _run(forget_factor(_settings(data=data), login))
        if link:
            typer.echo(_run(let_in(_settings(data=data), login)))
    except Refusal as refusal:
        console.print(f"[red]{refusal.message}[/red]")
        raise typer.Exit(1) from None
    console.print(f"The account {login} was altered.")


@cli.command()
def migrate(data: DataOption = None) -> None:
    """Bring the database's schema up to date. `serve` does it too."""
    from storage.database import migrate as run_migrations

    settings = _settings(data=data)
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _run(run_migrations(settings.database_url))
    console.print("The schema is up to date.")


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Set everything up and run every test and check. Further arguments go to pytest and leave the other checks out."""
    from web.setup.checks import run_checks

    raise typer.Exit(run_checks(ROOT, context.args))
