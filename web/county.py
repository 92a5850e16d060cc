"""A county from one file: its regions, organisations and people. Pure: what the file says, what is wrong with it, what it changes.

    [[regions]]        code (GB/T 2260, 6 to 12 digits; longer ones lie inside shorter ones), name, trial
    [[organisations]]  id, name, short_name (安和, in 安和人调字), region, phone
    [[accounts]]       login, name, role, organisation, region, speciality

Applying a file again alters what it names and removes nothing: people leave by `run.py account LOGIN --disable`.

Errors: `CountyError` with every problem of the file, each with its place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from cases.errors import Refusal
from cases.identity import parse_name, parse_text
from cases.vocabulary import ADMIN_ROLES, STAFF_ROLES, Role

LIMIT = 20_000
"""Rows of one kind."""
_CODE = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{1,31}")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


class CountyError(ValueError):
    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RegionRow(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`trial`: what comes in there and in places within it counts in no statistics (试运行), until a file says otherwise."""

    code: str
    name: str
    trial: bool = False


class OrganisationRow(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    short_name: str
    region: str
    phone: str = ""


class AccountRow(msgspec.Struct, forbid_unknown_fields=True):
    login: str
    name: str
    role: Role
    organisation: str = ""
    region: str = ""
    speciality: str = ""


class County(msgspec.Struct, forbid_unknown_fields=True):
    regions: list[RegionRow] = []
    organisations: list[OrganisationRow] = []
    accounts: list[AccountRow] = []


class Known(msgspec.Struct):
    """What the installation has already: codes, ids, and who signs in under which name."""

    regions: set[str] = set()
    organisations: set[str] = set()


def read_county(text: str) -> County:
    """Raises `CountyError` for a file that is no such file."""
    try:
        return msgspec.convert(tomllib.loads(text), County)
    except tomllib.TOMLDecodeError as error:
        raise CountyError([f"not a TOML file: {error}"]) from None
    except msgspec.ValidationError as error:
        raise CountyError([str(error)]) from None


def check(county: County, known: Known) -> None:
    """Raises `CountyError` with all that is wrong."""
    problems = [*_sizes(county), *_regions(county, known), *_organisations(county, known), *_accounts(county, known)]
    if problems:
        raise CountyError(problems)


def _sizes(county: County) -> Iterator[str]:
    for kind in ("regions", "organisations", "accounts"):
        if len(getattr(county, kind)) > LIMIT:
            yield f"{kind}: more than {LIMIT}"
    if not (county.regions or county.organisations or county.accounts):
        yield "the file says nothing: it has no [[regions]], [[organisations]] or [[accounts]]"


def _regions(county: County, known: Known) -> Iterator[str]:
    codes = known.regions | {row.code for row in county.regions}
    yield from _twice("regions", "code", (row.code for row in county.regions))
    for number, row in enumerate(county.regions, 1):
        where = f"regions[{number}] {row.code}"
        if not _CODE.fullmatch(row.code):
            yield f"{where}: a code has 6, 9 or 12 digits"
        elif len(row.code) > 6 and row.code[: len(row.code) - 3] not in codes:
            yield f"{where}: lies in {row.code[: len(row.code) - 3]}, which is not there"
        yield from _words(where, row, name=60)


def _organisations(county: County, known: Known) -> Iterator[str]:
    codes = known.regions | {row.code for row in county.regions}
    yield from _twice("organisations", "id", (row.id for row in county.organisations))
    # Case numbers begin with it and count for each organisation by itself: two that take cases under one would give one number twice.
    taking = {row.organisation for row in county.accounts if row.role in {Role.MEDIATOR, Role.GRID_WORKER}}
    yield from _twice("organisations", "short_name", (row.short_name for row in county.organisations if row.id in taking))
    for number, row in enumerate(county.organisations, 1):
        where = f"organisations[{number}] {row.id}"
        if not _ID.fullmatch(row.id):
            yield f"{where}: an id has 2 to 32 of a-z, 0-9, '_' and '-'"
        yield from _known(where, "region", row.region, codes)
        yield from _words(where, row, name=80, short_name=20)
        yield from _words(where, row, required=False, phone=20)


def _accounts(county: County, known: Known) -> Iterator[str]:
    codes = known.regions | {row.code for row in county.regions}
    ids = known.organisations | {row.id for row in county.organisations}
    yield from _twice("accounts", "login", (row.login for row in county.accounts))
    for number, row in enumerate(county.accounts, 1):
        where = f"accounts[{number}] {row.login}"
        if not LOGIN.fullmatch(row.login):
            yield f"{where}: a name to sign in with has 2 to 60 of a-z, 0-9, '.', '_' and '-'"
        if row.role not in STAFF_ROLES:
            yield f"{where}: {row.role} is no role of staff; known are {', '.join(STAFF_ROLES)}"
        elif row.role not in ADMIN_ROLES:
            yield from _known(where, "organisation", row.organisation, ids)
            yield from _known(where, "region", row.region, codes)
        try:
            parse_name(row.name)
        except Refusal as refusal:
            yield f"{where}: name: {refusal.message}"
        yield from _words(where, row, required=False, speciality=60)


def _twice(kind: str, field: str, values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for number, value in enumerate(values, 1):
        if value in seen:
            yield f"{kind}[{number}]: the {field} {value} is there twice"
        seen.add(value)


def _known(where: str, kind: str, value: str, there: set[str]) -> Iterator[str]:
    if value not in there:
        yield f"{where}: there is no {kind} {value or '(none given)'}"


def _words(where: str, row: Any, *, required: bool = True, **limits: int) -> Iterator[str]:
    for field, limit in limits.items():
        value = getattr(row, field)
        try:
            if parse_text(value, field, limit, required=required) != value:
                yield f"{where}: {field} has characters that do not print, or blanks at its ends"
        except Refusal as refusal:
            yield f"{where}: {refusal.message}"


EXAMPLE = """\
# A county: put your own in the place of these, then: python3 run.py county FILE
# 行政区划、机构、人员。改成本地的，再运行 python3 run.py county 本文件

[[regions]]
code = "139901"
name = "安和县"

[[regions]]
code = "139901001"
name = "城关镇"

[[organisations]]
id = "centre"
name = "安和县综治中心"
short_name = "安和"
region = "139901"
phone = "0318-0000000"

[[organisations]]
id = "committee"
name = "安和县人民调解委员会"
short_name = "安和"
region = "139901"

[[accounts]]
login = "zhou"
name = "周某"
role = "centre"
organisation = "centre"
region = "139901"

[[accounts]]
login = "wang"
name = "王某"
role = "mediator"
organisation = "committee"
region = "139901"
speciality = "邻里、物业"

[[accounts]]
login = "sun"
name = "孙某"
role = "grid_worker"
organisation = "committee"
region = "139901001"
"""
