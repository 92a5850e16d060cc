"""Verbs for what is kept: backup, restore, retention, recording-key. Each is thin; the work is done in the folder that it names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from web.commands_operations import DataOption, JsonOption, console, print_json
from web.settings import SettingsError, read_settings

storage = typer.Typer()


@contextmanager
def _bar(title: str, counted: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Of bytes, or of things that are `counted`."""
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn() if counted else DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@storage.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The tar to write")],
    without_bucket: Annotated[bool, typer.Option("--without-bucket", help="Leave out what was moved into the bucket")] = False,
    data: DataOption = None,
) -> None:
    """Copy database, keys, blobs and recordings into one tar, also while the server runs. It contains keys: keep it like them."""
    from datetime import UTC, datetime

    from storage.backup import make_backup
    from storage.backup_manifest import BackupError
    from storage.bucket import BucketAway
    from web.bucket import bucket_of, claim
    from web.recording_key import token_needed

    try:
        settings = read_settings(overrides={"data": data})
        bucket = bucket_of(settings)
        if bucket is not None and not without_bucket:
            claim(bucket, settings.folder)
        with _bar("Backup") as progress:
            manifest = make_backup(
                settings.folder,
                settings.database_url,
                file.resolve(),
                datetime.now(UTC),
                progress,
                [*token_needed(settings), *([f"the bucket {bucket.place.spoken}"] if bucket and without_bucket else [])],
                None if without_bucket else bucket,
            )
    except BucketAway as error:
        console.print(
            f"The bucket cannot be read: {error.reason}. With --without-bucket what lies in it is left out.", style="red", markup=False
        )
        raise typer.Exit(1) from None
    except (BackupError, SettingsError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    console.print(f"{file}: {len(manifest.items)} files, {manifest.bytes / 1e6:.1f} MB. It contains keys: keep it like them.")
    _say_needs(manifest.needs)


def _say_needs(needs: list[str]) -> None:
    for need in needs:
        console.print(f"It cannot be read by itself: it needs {need}.", style="yellow", highlight=False, markup=False)


@storage.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A tar that `backup` wrote")],
    data: Annotated[Path, typer.Option(help="An empty or new data folder")],
) -> None:
    """Check every hash of a backup and put it into an empty data folder."""
    from storage.backup import restore_backup
    from storage.backup_manifest import FOLDERS, POSTGRESQL, BackupError

    try:
        with _bar("Restore") as progress:
            manifest = restore_backup(file, data.resolve(), progress)
    except BackupError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    console.print(f"Every hash holds. Backup of {manifest.made_at}, restored into {data}:")
    for top in FOLDERS:
        items = [item for item in manifest.items if item.name.startswith(f"{top}/")]
        console.print(f"  {top}: {len(items)} files, {sum(i.size for i in items) / 1e6:.1f} MB")
    _say_needs(manifest.needs)
    if manifest.engine == "postgresql":
        console.print(f"Load the database with: pg_restore --no-owner --dbname=DATABASE {data / POSTGRESQL}")


@storage.command()
def retention(
    organisation: Annotated[str | None, typer.Argument(help="Whose policy to set; without it, what is kept is reported")] = None,
    days: Annotated[
        int | None, typer.Option(help="Recordings go so many days after the last one of a case; 0: never by themselves")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What recordings are kept, by organisation, and for how long. With an organisation and --days: set its policy, which servers follow within an hour."""
    import asyncio

    from cases.errors import Refusal
    from web.retention_verb import set_retention, storage_report, table

    if (organisation is None) != (days is None):
        console.print("[red]Name both the organisation and --days, or neither for the report[/red]")
        raise typer.Exit(2)
    try:
        settings = read_settings(overrides={"data": data})
        if organisation is not None and days is not None:
            asyncio.run(set_retention(settings, organisation, days))
            console.print(f"{organisation}: recordings are kept {f'{days} days' if days else 'until somebody destroys them'}.")
            return
        report = asyncio.run(storage_report(settings))
    except (Refusal, SettingsError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        print_json(report)
    else:
        Console().print(table(report))


@storage.command(name="recording-key")
def recording_key(
    make: Annotated[bool, typer.Option("--make", help="Make the key in the PKCS#11 token; it cannot be extracted")] = False,
    rewrap: Annotated[
        bool, typer.Option("--rewrap", help="Wrap every session's key by the present key; may be broken off and begun again")
    ] = False,
    to_file: Annotated[bool, typer.Option("--to-file", help="With --rewrap: by the key file, before a token is given up")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which key wraps the keys of recordings: the key file in the data folder, or one in a PKCS#11 token."""
    import asyncio

    from storage.wrapping import WrappingError
    from web import recording_key as keys

    if (make and rewrap) or (to_file and not rewrap):
        console.print("[red]--make and --rewrap are two steps, and --to-file belongs to --rewrap[/red]")
        raise typer.Exit(2)
    try:
        settings = read_settings(overrides={"data": data})
        if (make or to_file) and not settings.pkcs11_module:
            raise SettingsError("No token is set: HEYI_PKCS11_MODULE, HEYI_PKCS11_TOKEN and HEYI_PKCS11_PIN_FILE name it")
        if make:
            name = asyncio.run(keys.make(settings))
            console.print(
                f"{settings.pkcs11_key} was made in {settings.pkcs11_token}: {name}. It exists there alone: have the token backed up as its maker says."
            )
            return
        if rewrap:
            with _bar("Wrapping", counted=True) as progress:
                found = asyncio.run(keys.rewrap(settings, to_file, progress))
            for problem in found.failed[:50]:
                console.print(problem, style="red", highlight=False, markup=False)
            console.print(
                f"{found.done} sessions' keys were wrapped anew{f', {len(found.failed)} could not be opened' if found.failed else ''}."
            )
        report = asyncio.run(keys.report(settings))
    except (WrappingError, SettingsError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    if as_json:
        print_json(report)
    else:
        print(f"present: {report['present']}")
        for name, sessions in report["sessions"].items():
            print(f"{sessions} sessions: {name}")
    raise typer.Exit(1 if rewrap and found.failed else 0)
