"""Verbs for operators: notices, calendar, referrer, verify, county, top, doctor, bench. Each is thin; the work is done in the folder that it names."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from web.settings import SettingsError, read_settings

operations = typer.Typer()
console = Console(stderr=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output")]
DataOption = Annotated[str | None, typer.Option(help="Data folder")]


@operations.command()
def notices(
    before: Annotated[int, typer.Option(help="Only those before this number, to read further back")] = 0,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The log of deliveries: what was told by page, e-mail and SMS, when, how often it was tried, and what became of it; addresses are masked."""
    import asyncio

    from web.notices_verb import printed, report

    try:
        found = asyncio.run(report(read_settings(overrides={"data": data}), before))
    except SettingsError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        print_json(found)
    else:
        Console().print(printed(found))


@operations.command()
def calendar(
    year: Annotated[int, typer.Option(help="The year to print")] = 2026,
    region: Annotated[str, typer.Option(help="Code of the county; without it, the whole installation")] = "",
    off: Annotated[str | None, typer.Option(help="A day that is off, like 2026-10-08")] = None,
    worked: Annotated[str | None, typer.Option(help="A day that is worked, such as a weekend that makes up for a holiday")] = None,
    clear: Annotated[str | None, typer.Option(help="A day that is again as the State Council's notice has it")] = None,
    name: Annotated[str, typer.Option(help="What the day is called")] = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Days off and days worked, by which terms are counted. Running servers count open terms anew within an hour."""
    import asyncio

    from cases.errors import Refusal
    from web.calendar_verb import alter, day_of, printed, shown

    asked = [(text, working) for text, working in ((off, False), (worked, True), (clear, None)) if text is not None]
    if len(asked) > 1:
        console.print("[red]Say one of --off, --worked and --clear[/red]")
        raise typer.Exit(2)
    try:
        settings = read_settings(overrides={"data": data})
        for text, working in asked:
            asyncio.run(alter(settings, region, day_of(text), working, name))
            year = day_of(text).year
        found = asyncio.run(shown(settings, region, year))
    except (SettingsError, Refusal) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        print_json(found)
    else:
        Console().print(printed(found))


@operations.command()
def referrer(
    name: Annotated[str, typer.Option(help="Let a system refer cases: its name, such as 12345政务服务热线")] = "",
    source: Annotated[str, typer.Option(help="Where its cases come from, such as 12345转办")] = "",
    region: Annotated[str, typer.Option(help="Code of the county, township or village whose cases it refers")] = "",
    renew: Annotated[str, typer.Option(help="The id of a system that is to have another secret")] = "",
    end: Annotated[str, typer.Option(help="The id of a system that is to refer nothing any more")] = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The systems that may refer cases here. A new one's id and secret are printed once; without options, all are listed."""
    import asyncio

    from cases.errors import Refusal
    from web import referrers_verb

    if sum(map(bool, (name, renew, end))) > 1 or (not name and (source or region)):
        console.print("[red]Say --name with --source and --region, or --renew, or --end, or none of them[/red]")
        raise typer.Exit(2)
    try:
        settings = read_settings(overrides={"data": data})
        made = asyncio.run(referrers_verb.make(settings, name, source, region)) if name else None
        made = asyncio.run(referrers_verb.renew(settings, renew)) if renew else made
        if end:
            asyncio.run(referrers_verb.end(settings, end))
        found = asyncio.run(referrers_verb.shown(settings))
    except (SettingsError, Refusal) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        print_json(made or {"referrers": found})
        return
    Console().print(referrers_verb.printed(found))
    if made:
        Console().print(f"Heyi-System: {made['id']}\nSecret, shown only now: {made['secret']}")


@operations.command()
def verify(
    file: Annotated[Path, typer.Argument(help="Evidence bundle (ZIP) or signed agreement (PDF)")],
    anchor: Annotated[str | None, typer.Option(help="SHA-256 fingerprint of the root certificate")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify an evidence bundle or a signed agreement. Needs no data folder, no server, no network. Exit code 0: it holds; 1: not."""
    from evidence.verifier import main

    arguments = [str(file), *(["--anchor", anchor] if anchor is not None else []), *(["--json"] if as_json else [])]
    raise typer.Exit(main(arguments))


@operations.command()
def county(
    file: Annotated[
        Path | None, typer.Argument(help="The county's file (TOML); without it, what there is is printed as such a file")
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a file to begin with")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing")] = False,
    links: Annotated[
        Path | None, typer.Option(help="Write the links of new people and of walls into this new CSV file instead of printing them")
    ] = None,
    data: DataOption = None,
) -> None:
    """Enter regions, organisations and people from a file, and make a link for everybody new, by which they come in and choose a password."""
    import asyncio

    from web.county import EXAMPLE, CountyError, read_county
    from web.county_verb import apply, as_toml, described, write_links

    if example:
        print(EXAMPLE, end="")
        return
    try:
        settings = read_settings(overrides={"data": data})
        if file is None:
            print(as_toml(asyncio.run(described(settings))), end="")
            return
        wanted = read_county(file.read_text(encoding="utf-8-sig"))
        if links is not None and links.exists():
            raise CountyError([f"{links} is there already: name a new file for the links"])
        if links is not None and not links.parent.is_dir():
            raise CountyError([f"there is no folder {links.parent} for the links"])
        applied = asyncio.run(apply(settings, wanted, dry=dry_run))
    except CountyError as error:
        for problem in error.problems[:50]:
            console.print(problem, style="red", highlight=False, markup=False)
        console.print(f"Nothing was changed: {len(error.problems)} to mend.")
        raise typer.Exit(1) from None
    except UnicodeDecodeError:
        console.print(f"{file} is not UTF-8: save it as UTF-8", style="red")
        raise typer.Exit(1) from None
    except (SettingsError, OSError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    for word, kinds in (("new", applied.made), ("altered", applied.altered)):
        for kind, names in kinds.items():
            if names:
                console.print(
                    f"{kind}: {len(names)} {word}{' (would be)' if dry_run else ''}: {', '.join(names[:20])}{' …' if len(names) > 20 else ''}"
                )
    if not any([*applied.made.values(), *applied.altered.values()]):
        console.print("Everything is as the file says.")
    if applied.links and "//127.0.0.1" in settings.base_url:
        console.print(
            f"Links begin with {settings.base_url}, which works on this machine alone: set HEYI_PUBLIC_URL first and make new ones by `account LOGIN --link`.",
            style="yellow",
        )
    if links is not None and not dry_run:
        write_links(links, wanted, applied)
        console.print(
            f"{len(applied.links)} links of new people and {len(applied.walls)} of walls are in {links}. They let people in: hand them out one by one."
        )
    else:
        for name, link in {**applied.links, **{f"wall {region}": link for region, link in applied.walls.items()}}.items():
            console.print(f"{name}: {link}", soft_wrap=True, highlight=False)


@operations.command()
def top(
    data: DataOption = None,
    port: Annotated[int | None, typer.Option(help="Port of the running server")] = None,
    once: Annotated[bool, typer.Option("--once", help="Print one picture and end")] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch a running server: connections, rooms, rates, slowest readers. Ctrl-C ends it."""
    from web import top as screen

    try:
        settings = read_settings(overrides={"data": data, "port": port})
        if as_json:
            print_json(next(screen.watch(settings)))
        elif once:
            seen = screen.watch(settings)
            before = next(seen)
            Console().print(screen.screen(next(seen), before))
        else:
            screen.run(settings)
    except (screen.NoServer, SettingsError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@operations.command()
def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Look for what keeps this installation from working, and say what to do. Exit code 0: nothing; 1: something failed."""
    import asyncio

    import msgspec
    from rich.table import Table

    from web.composition import CLIENT_FONTS, SYSTEM_FONTS
    from web.doctor import examine

    try:
        settings = read_settings(overrides={"data": data})
    except SettingsError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    findings = asyncio.run(examine(settings, Path(__file__).resolve().parent.parent, (str(CLIENT_FONTS), *SYSTEM_FONTS)))
    healthy = all(finding.status != "fail" for finding in findings)
    if as_json:
        print_json({"ok": healthy, "findings": msgspec.to_builtins(findings)})
    else:
        table = Table(show_header=False, box=None)
        colours = {"ok": "green", "warn": "yellow", "fail": "red"}
        for finding in findings:
            table.add_row(f"[{colours[finding.status]}]{finding.status}[/]", finding.name, finding.detail)
            for remedy in filter(None, (finding.zh, finding.en)):
                table.add_row("", "", f"→ {remedy}")
        Console().print(table)
    raise typer.Exit(0 if healthy else 1)


class Bench(StrEnum):
    HUB = "hub"
    MEDIA = "media"
    RECORDING = "recording"
    DRAFT = "draft"
    SIGN = "sign"
    CASES = "cases"
    ALL = "all"


@operations.command()
def bench(
    which: Annotated[Bench, typer.Argument(help="What to measure")] = Bench.ALL,
    as_json: JsonOption = False,
    peers: Annotated[
        bool, typer.Option("--peers", help="hub, media, draft: also other projects' servers, which are installed first")
    ] = False,
    only: Annotated[list[str] | None, typer.Option(help="Figures whose name begins so; may be given several times")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the figures that have a goal into this PNG")] = None,
) -> None:
    """The project's own benchmarks, some minutes each. The table, raw samples and all, goes to standard error."""
    from functools import partial

    import structlog

    from benchmarks import cases, draft, figures, hub, media, signing
    from benchmarks import plot as drawing

    # Servers that a part opens in this process may have something to say, and standard output is for the figures.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    runs: dict[Bench, Callable[[], list[figures.Figure]]] = {
        Bench.HUB: partial(hub.run, only or (), peers),
        Bench.MEDIA: partial(media.run, only or (), peers),
        Bench.RECORDING: partial(media.run_recording, only or ()),
        Bench.DRAFT: partial(draft.run, only or (), peers),
        Bench.SIGN: partial(signing.run, only or ()),
        Bench.CASES: partial(cases.run, only or ()),
    }
    found = []
    for name, run in runs.items():
        if which in {name, Bench.ALL}:
            console.print(f"[dim]{name} …[/dim]")
            found += run()
    figures.show(found)
    if plot is not None:
        drawing.draw(found, plot)
    if as_json:
        print_json(figures.as_json(found))


def print_json(document: object) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1))
