"""An account's notices over HTTP: the list behind the bell, marking them as read, and where notices go beside the page."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import Invalid
from cases.identity import parse_email, parse_phone
from cases.ports import Clock
from cases.vocabulary import Act, Channel
from storage import bell, contacts
from storage.audit import note
from storage.database import reads
from storage.models.people import Account
from storage.steps import Change
from storage.writer import Writer
from web.nodes import Nodes
from web.request import body_of, house
from web.sign_ins import account_of

LARGEST = 2**62
LANGUAGES = ("", "zh", "en")


class Read(msgspec.Struct, forbid_unknown_fields=True):
    """All as far as the notice `upto`."""

    upto: int


class Contact(msgspec.Struct, forbid_unknown_fields=True):
    """Where notices go beside the page; empty for nowhere. `language`: zh or en."""

    email: str = ""
    phone: str = ""
    language: str = ""


class NoticeDesk:
    """`channels`: those that are set up here."""

    def __init__(self, writer: Writer, nodes: Nodes, clock: Clock, channels: frozenset[Channel]) -> None:
        self._writer, self._nodes, self._clock, self._channels = writer, nodes, clock, channels

    async def listed(self, request: Request) -> Response:
        actor, _ = await account_of(request)
        before = request.query_params.get("before", "0")
        if not before.isascii() or not before.isdigit() or len(before) > 18:
            raise Invalid("malformed", "before is a number from 0", field="before")
        return JSONResponse(msgspec.to_builtins(await bell.page(actor.id, int(before))))

    async def mark_read(self, request: Request) -> Response:
        actor, _ = await account_of(request)
        upto = (await body_of(request, Read)).upto
        if not 0 <= upto <= LARGEST:
            raise Invalid("malformed", "upto is the id of a notice", field="upto")

        async def job(db: BaseDBAsyncClient) -> Change | None:
            return await bell.mark_read(db, actor.id, upto, self._clock.now())

        def tell(change: Change | None) -> None:
            if change is not None:
                self._nodes.step("", change)

        await self._writer.run(job, tell)
        return JSONResponse({})

    async def contact(self, request: Request) -> Response:
        actor, _ = await account_of(request)
        account = await Account.get(id=actor.id, using_db=reads())
        own = {**msgspec.structs.asdict(contacts.contact_of(account)), "language": account.language}
        return JSONResponse({**own, "channels": sorted(self._channels)})

    async def set_contact(self, request: Request) -> Response:
        actor, _ = await account_of(request)
        house(request).rates.spend("contact", actor.id)
        asked = await body_of(request, Contact)
        if asked.language not in LANGUAGES:
            raise Invalid("malformed", "The language is zh or en", field="language")
        email = parse_email(asked.email) if asked.email.strip() else ""
        phone = parse_phone(asked.phone) if asked.phone.strip() else ""

        told = contacts.sealed(actor.id, contacts.Contact(phone, email))

        async def job(db: BaseDBAsyncClient) -> None:
            account = await Account.get(id=actor.id, using_db=db)
            former = contacts.contact_of(account)
            changed = [name for name, is_now, was in (("phone", phone, former.phone), ("email", email, former.email)) if is_now != was]
            await Account.filter(id=actor.id).using_db(db).update(contact=told, language=asked.language)
            if changed:
                await note(db, self._clock.now(), Act.CONTACT_ALTERED, account, detail=" ".join(changed))

        await self._writer.run(job, lambda _: None)
        return JSONResponse({})

    def routes(self) -> list[Route]:
        return [
            Route("/api/notices", self.listed),
            Route("/api/notices/read", self.mark_read, methods=["POST"]),
            Route("/api/contact", self.contact, methods=["GET"]),
            Route("/api/contact", self.set_contact, methods=["POST"]),
        ]
