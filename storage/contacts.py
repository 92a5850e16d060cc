"""Where notices to an account go, as its owner says: telephone and e-mail, sealed in the account's row (`storage/case_keys.py` has the key)."""

from __future__ import annotations

import msgspec
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from storage.case_keys import keys
from storage.models.people import Account


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    phone: str = ""
    email: str = ""


def contact_of(account: Account) -> Contact:
    """Raises `Unreadable`: altered, moved from another account, or of another installation."""
    if not account.contact:
        return Contact()
    return msgspec.json.decode(keys().open_contact(account.id, account.contact), type=Contact)


def sealed(account: str, contact: Contact) -> str:
    """As the row has it; empty where there is nothing to seal."""
    return keys().seal_contact(account, msgspec.json.encode(contact).decode()) if contact != Contact() else ""


async def seal_plain_contacts() -> int:
    """What an earlier version has written plain, before anything is served. Returns of how many accounts. Broken off, it goes on at the next start."""
    async with in_transaction("default") as connection:
        rows = await Account.filter(~Q(phone="") | ~Q(email="")).using_db(connection).select_for_update()
        for row in rows:
            told = sealed(row.id, Contact(row.phone, row.email))
            await Account.filter(id=row.id).using_db(connection).update(contact=told, phone="", email="")
    return len(rows)
