"""`run.py county`: brings what a county's file says into the installation, and makes the links by which new people come in; also while servers run."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import SystemClock
from cases.vocabulary import Act
from storage.administration import said
from storage.audit import note, note_organisation, note_region
from storage.database import close_database, migrate, open_database, reads
from storage.models.people import Account, Organisation, Region
from storage.organisations import said_of
from storage.writer import Writer
from web.accounts import BY, LINK_DAYS
from web.county import AccountRow, County, Known, OrganisationRow, RegionRow, check
from web.doors import Doors
from web.keys import load_key
from web.settings import Settings


def _nobody() -> dict[str, list[str]]:
    return {"regions": [], "organisations": [], "accounts": []}


class Applied(msgspec.Struct):
    """What was done: names by kind, and the links of new people (login → address) and of walls (region → address)."""

    made: dict[str, list[str]] = msgspec.field(default_factory=_nobody)
    altered: dict[str, list[str]] = msgspec.field(default_factory=_nobody)
    links: dict[str, str] = {}
    walls: dict[str, str] = {}


async def apply(settings: Settings, county: County, *, dry: bool = False) -> Applied:
    """All of it in one transaction. `dry`: nothing is written, and there are no links. Raises `CountyError`."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    await migrate(settings.database_url)
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        known = Known(
            {str(code) for code in await Region.all().using_db(reads()).values_list("code", flat=True)},
            {str(key) for key in await Organisation.all().using_db(reads()).values_list("id", flat=True)},
        )
        check(county, known)
        applied = await writer.run(lambda db: _apply(db, county, dry), lambda _: None)
        if not dry:
            await _links(settings, writer, county, applied)
        return applied
    finally:
        await writer.stop()
        await close_database()


async def _apply(db: BaseDBAsyncClient, county: County, dry: bool) -> Applied:
    applied, now = Applied(), SystemClock().now()
    for region in county.regions:
        row = await Region.filter(code=region.code).using_db(db).first()
        values: dict[str, object] = {"name": region.name, "trial": region.trial}
        if _note(applied, "regions", region.code, row, values) and not dry:
            before = _counted(row.name, row.trial) if row is not None else ""
            await Region.update_or_create(values, using_db=db, code=region.code)
            act = Act.REGION_ALTERED if row is not None else Act.REGION_MADE
            await note_region(db, now, act, region.code, BY, became(before, _counted(region.name, region.trial)))
    for org in county.organisations:
        values = {"name": org.name, "short_name": org.short_name, "region": org.region, "phone": org.phone}
        there = await Organisation.filter(id=org.id).using_db(db).first()
        if _note(applied, "organisations", org.id, there, values) and not dry:
            before = said_of(there) if there is not None else ""
            made, _ = await Organisation.update_or_create(values, using_db=db, id=org.id)
            act = Act.ORGANISATION_ALTERED if there is not None else Act.ORGANISATION_MADE
            await note_organisation(db, now, act, made, BY, became(before, said_of(made)))
    for account in county.accounts:
        columns = {"role": str(account.role), "org": account.organisation, "region": account.region}
        values = {"name": account.name, **columns, "speciality": account.speciality}
        known = await Account.filter(login=account.login).using_db(db).first()
        if not _note(applied, "accounts", account.login, known, values) or dry:
            continue
        if known is None:
            created = await Account.create(id=secrets.token_hex(8), login=account.login, using_db=db, **values)
            await note(db, now, Act.CREATED, created, BY, detail=said(columns))
        else:
            before = said({"role": known.role, "org": known.org, "region": known.region})
            # Servers look for this, and connections that are open follow.
            await Account.filter(id=known.id).using_db(db).update(**values, changed_at=now)
            await note(db, now, Act.ALTERED, known, BY, detail=became(before, said(columns)))
    return applied


def became(before: str, after: str) -> str:
    """As the log has it; `before` is empty where there was nothing."""
    return f"{before} → {after}" if before else after


def _counted(name: str, trial: bool) -> str:
    """Of a region, for the log: a name has no spaces in it then, which stand between words there."""
    return f"{name.replace(' ', '_')} {'trial' if trial else 'counts'}"


def _note(applied: Applied, kind: str, name: str, row: object | None, values: Mapping[str, object]) -> bool:
    """Whether something changes."""
    if row is None:
        applied.made[kind].append(name)
        return True
    if any(str(getattr(row, field)) != str(value) for field, value in values.items()):
        applied.altered[kind].append(name)
        return True
    return False


async def _links(settings: Settings, writer: Writer, county: County, applied: Applied) -> None:
    own = urlsplit(settings.base_url).netloc.lower()
    doors = Doors(writer, SystemClock(), load_key(settings.folder, "links"), frozenset({own}))
    for login in applied.made["accounts"]:
        account = await Account.get(login=login, using_db=reads())
        applied.links[login] = f"{settings.base_url}/j#{await doors.links.issue('account', timedelta(days=LINK_DAYS), account=account.id)}"
    for region in county.regions:
        # Once, when the county or township is new: whoever has the former link keeps the wall. The centre makes others.
        if len(region.code) in {6, 9} and region.code in applied.made["regions"]:
            applied.walls[region.code] = f"{settings.base_url}/j#{await doors.links.open_wall(region.code, BY)}"


async def described(settings: Settings) -> County:
    """What the installation has, as a file would say it."""
    await open_database(settings.database_url)
    try:
        regions = await Region.all().using_db(reads()).order_by("code")
        organisations = await Organisation.all().using_db(reads()).order_by("id")
        accounts = await Account.filter(disabled=False).using_db(reads()).order_by("login")
        return msgspec.convert(
            {
                "regions": [msgspec.to_builtins(RegionRow(row.code, row.name, row.trial)) for row in regions],
                "organisations": [
                    msgspec.to_builtins(OrganisationRow(row.id, row.name, row.short_name, row.region, row.phone)) for row in organisations
                ],
                "accounts": [
                    {
                        "login": row.login,
                        "name": row.name,
                        "role": row.role,
                        "organisation": row.org,
                        "region": row.region,
                        "speciality": row.speciality,
                    }
                    for row in accounts
                ],
            },
            County,
        )
    finally:
        await close_database()


def as_toml(county: County) -> str:
    """The same file again; strings and one boolean, so that JSON's spelling is TOML's."""
    out = []
    for kind in ("regions", "organisations", "accounts"):
        for row in getattr(county, kind):
            fields = [
                f"{key} = {msgspec.json.encode(value if isinstance(value, bool) else str(value)).decode()}"
                for key, value in msgspec.to_builtins(row).items()
                if value != ""
            ]
            out.append("\n".join([f"[[{kind}]]", *fields]))
    return "\n\n".join(out) + "\n"


def write_links(path: Path, county: County, applied: Applied) -> None:
    """A table for whoever hands the links out: name, login, link. Readable by its owner alone. Raises `OSError`, also where the file is there already."""
    people: dict[str, AccountRow] = {row.login: row for row in county.accounts}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["姓名", "登录名", "岗位", "链接"])
        for login, link in applied.links.items():
            table.writerow([people[login].name, login, str(people[login].role), link])
        for region, link in applied.walls.items():
            table.writerow([f"大屏 {region}", "", "wall", link])
