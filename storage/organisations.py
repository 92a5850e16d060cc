"""Organisations as the system administrator keeps them, each change with its entry in the log. Who may is decided before."""

from __future__ import annotations

import secrets

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.actor import Actor
from cases.errors import Conflict, Invalid, NotFound
from cases.ports import Clock
from cases.vocabulary import TAKING_ROLES, Act
from storage.audit import note_organisation
from storage.database import reads
from storage.models.people import Account, Organisation, Region
from storage.writer import Writer


class WantedOrganisation(msgspec.Struct, forbid_unknown_fields=True):
    """`short_name`: what the numbers of its cases begin with, 安和 in 安和人调字."""

    name: str
    short_name: str
    region: str
    phone: str = ""


class OrganisationStore:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    async def create(self, actor: Actor, wanted: WantedOrganisation) -> str:
        """The id. Raises `Invalid` for a region that is not there."""

        async def job(db: BaseDBAsyncClient) -> str:
            await demand_region(db, actor, wanted.region)
            made = await Organisation.create(id=secrets.token_hex(8), using_db=db, **msgspec.to_builtins(wanted))
            await note_organisation(db, self._clock.now(), Act.ORGANISATION_MADE, made, by_of(actor), said_of(made))
            return made.id

        return await self._writer.run(job, _nothing)

    async def alter(self, actor: Actor, key: str, wanted: WantedOrganisation) -> None:
        """Raises `NotFound` outside of the actor's region, `Invalid` for a region that is not there, `Conflict` where numbers would come twice."""

        async def job(db: BaseDBAsyncClient) -> None:
            there = await Organisation.filter(id=key, region__startswith=actor.region).using_db(db).first()
            if there is None:
                raise NotFound("no_organisation", "There is no such organisation")
            await demand_region(db, actor, wanted.region)
            if await Account.filter(org=key, role__in=TAKING_ROLES).using_db(db).exists():
                await demand_own_numbers(db, key, wanted.short_name)
            before = said_of(there)
            await Organisation.filter(id=key).using_db(db).update(**msgspec.to_builtins(wanted))
            after = await Organisation.get(id=key, using_db=db)
            await note_organisation(db, self._clock.now(), Act.ORGANISATION_ALTERED, after, by_of(actor), f"{before} → {said_of(after)}")

        await self._writer.run(job, _nothing)

    async def of_region(self, region: str) -> list[Organisation]:
        return await Organisation.filter(region__startswith=region).using_db(reads()).order_by("region", "name")

    async def known(self, actor: Actor, key: str) -> Organisation:
        """Raises `NotFound` outside of the actor's region."""
        there = await Organisation.filter(id=key, region__startswith=actor.region).using_db(reads()).first()
        if there is None:
            raise NotFound("no_organisation", "There is no such organisation")
        return there

    async def keep_for(self, by: tuple[str, str], key: str, days: int) -> None:
        """Recordings are kept for so many days; 0: until somebody destroys them."""

        async def job(db: BaseDBAsyncClient) -> None:
            before = await Organisation.get(id=key, using_db=db)
            await Organisation.filter(id=key).using_db(db).update(retention_days=days)
            said = f"{before.retention_days} → {days}"
            await note_organisation(db, self._clock.now(), Act.RETENTION_ALTERED, before, by, said)

        await self._writer.run(job, _nothing)


async def demand_region(db: BaseDBAsyncClient, actor: Actor, code: str) -> None:
    """Raises `Invalid` for a region that is not there, or is none of the actor's."""
    if not code.startswith(actor.region) or not await Region.filter(code=code).using_db(db).exists():
        raise Invalid("no_region", "There is no such region", field="region")


async def demand_own_numbers(db: BaseDBAsyncClient, organisation: str, short_name: str) -> None:
    """Numbers of cases begin with the short name and count for each organisation by itself: two that take cases under one would give one number
    twice. Raises `Conflict`."""
    namesakes = await Organisation.filter(short_name=short_name).exclude(id=organisation).using_db(db).values_list("id", flat=True)
    if await Account.filter(org__in=list(namesakes), role__in=TAKING_ROLES).using_db(db).exists():
        raise Conflict("short_name_shared", f"Another organisation takes cases as {short_name} already", short_name=short_name)


def by_of(actor: Actor) -> tuple[str, str]:
    """Whom the log names: account and role."""
    return actor.id, str(actor.role)


def said_of(row: Organisation) -> str:
    return f"{row.short_name} {row.region}"


def _nothing(_: object) -> None:
    return None
