"""Telephone and e-mail of accounts on SQLite and on PostgreSQL: sealed, bound to their account, and what an earlier version wrote plain is sealed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.case_keys import CaseKeys, Unreadable
from storage.contacts import Contact, contact_of, seal_plain_contacts, sealed
from storage.database import close_database, forget_deleted, open_database, reads
from storage.models.people import Account
from tests.schema import INSTALLATION

pytestmark = pytest.mark.anyio
OWN = Contact("13800001111", "wang@example.cn")


async def account(key: str, **told: str) -> Account:
    return await Account.create(id=key, login=key, name="某某", role="mediator", region="139901", **told)


async def read(key: str) -> Contact:
    return contact_of(await Account.get(id=key, using_db=reads()))


async def test_sealed_for_their_account_alone(address: str) -> None:
    await open_database(address, INSTALLATION)
    try:
        wang = await account("wang", contact=sealed("wang", OWN))
        assert await read("wang") == OWN
        assert OWN.phone not in wang.contact and OWN.email not in wang.contact
        await account("li", contact=wang.contact)
        with pytest.raises(Unreadable):
            await read("li")
        with pytest.raises(Unreadable):
            CaseKeys(b"x" * 32).open_contact("wang", wang.contact)
        await account("chen")
        assert await read("chen") == Contact() and sealed("chen", Contact()) == ""
    finally:
        await close_database()


async def test_what_was_plain_is_sealed_once(address: str) -> None:
    await open_database(address, INSTALLATION)
    try:
        await account("wang", phone=OWN.phone, email=OWN.email)
        await account("li", phone="13900002222")
        await account("chen")
        assert await seal_plain_contacts() == 2 and await seal_plain_contacts() == 0
        assert [await read(key) for key in ("wang", "li", "chen")] == [OWN, Contact("13900002222"), Contact()]
        assert await Account.filter(phone="", email="").count() == 3
        if address.startswith("sqlite"):
            await forget_deleted()
    finally:
        await close_database()
    if address.startswith("sqlite"):
        path = Path(address.removeprefix("sqlite://"))
        for file in path.parent.glob(f"{path.name}*"):
            assert OWN.phone.encode() not in file.read_bytes() and OWN.email.encode() not in file.read_bytes(), file.name
