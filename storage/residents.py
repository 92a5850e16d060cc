"""Residents' accounts at rest: registered and entered by a telephone's code, corrected, deleted. The rules of codes are in `cases.phone_code`.

A number is found by a keyed hash and kept sealed under a key of the resident's own, which is sealed in turn by one that is derived (HKDF, RFC 5869) from the
installation's. Whoever has the database alone has neither; once an account is deleted, nobody has. Every step here is one transaction with its entry in the log.
"""

from __future__ import annotations

import hmac
import os
import secrets
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from cases.clock import rfc3339
from cases.errors import Conflict, Invalid, NotFound, TooMuch, Unavailable
from cases.phone_code import AGAIN_AFTER, HOUSE_MOST, HOUSE_WINDOW, LIVES, PhoneCode, answer, ask, digits_of, fresh_code
from cases.ports import Clock
from cases.vocabulary import Act, Role
from storage.audit import Someone, note
from storage.database import reads
from storage.models.doors import Login
from storage.models.people import Region
from storage.models.residents import Claim, PhoneCodeRow, Resident
from storage.sealing import NONCE, derived, opened, sealed
from storage.sign_ins import end_all, end_within
from storage.writer import Writer


class Person(msgspec.Struct, frozen=True):
    """A resident, opened. `phone` and `name` as they were entered, `name` may be empty; moments in RFC 3339."""

    id: str
    phone: str
    name: str
    consent: str
    consent_at: str
    registered_at: str
    region: str


class AskedFor(msgspec.Struct, frozen=True):
    """A code on its way. `again`: when another one may be asked for; `until`: how long it holds."""

    code: str
    again: str
    until: str


class ResidentStore:
    def __init__(self, writer: Writer, clock: Clock, key: bytes) -> None:
        self._writer, self._clock = writer, clock
        self._cipher = AESGCM(derived(key, b"heyi.resident.key.v1"))
        self._index_key = derived(key, b"heyi.resident.index.v1")
        self._code_key = derived(key, b"heyi.resident.code.v1")

    # codes

    async def ask(self, phone: str) -> AskedFor:
        """A fresh code for a number, whoever has it. Raises `TooMuch`."""
        code, index = fresh_code(), self._index(phone)

        async def job(db: BaseDBAsyncClient) -> PhoneCode:
            row = await PhoneCodeRow.filter(id=index).select_for_update().using_db(db).first()
            now = self._clock.now()
            asked = ask(_code_of(row), self._hashed(index, code), now)
            if await PhoneCodeRow.filter(asked_at__gt=now - HOUSE_WINDOW).exclude(id=index).using_db(db).count() >= HOUSE_MOST:
                raise TooMuch("codes_of_house_spent", "Too many codes were sent here within the hour; please try again later")
            if row is None:
                await PhoneCodeRow.create(id=index, using_db=db, **msgspec.structs.asdict(asked))
            else:
                await PhoneCodeRow.filter(id=index).using_db(db).update(**msgspec.structs.asdict(asked))
            return asked

        try:
            asked = await self._writer.run(job, _nothing)
        except IntegrityError:
            # The first code of this number was asked for twice at once, and the other one was first.
            seconds = int(AGAIN_AFTER.total_seconds())
            raise TooMuch("code_too_soon", f"Another code can be asked for in {seconds} seconds", seconds=seconds) from None
        return AskedFor(code, rfc3339(asked.asked_at + AGAIN_AFTER), rfc3339(asked.asked_at + LIVES))

    async def check(self, phone: str, code: str, field: str = "code") -> None:
        """Try the code of a number: a wrong one counts, a right one is used up only by what it is asked for (`_spend`), in the same transaction. Raises `Invalid`, the
        same for everything that can be wrong with it."""
        digits, index = digits_of(code), self._index(phone)

        async def job(db: BaseDBAsyncClient) -> bool:
            row = await PhoneCodeRow.filter(id=index).select_for_update().using_db(db).first()
            asked, right = answer(_code_of(row), self._hashed(index, digits), self._clock.now())
            if asked is not None and not right:
                await PhoneCodeRow.filter(id=index).using_db(db).update(tries=asked.tries)
            return right

        # A wrong answer counts, and is therefore kept before it is refused.
        if not await self._writer.run(job, _nothing):
            raise _wrong(field)

    async def _spend(self, db: BaseDBAsyncClient, phone: str, code: str, field: str = "code") -> None:
        """Use up the code of a number, together with what was asked for by it; whatever fails leaves it good. The row is locked until then: nothing else happens to this
        number by a code meanwhile, so that it is not registered twice. Raises `Invalid`."""
        index = self._index(phone)
        row = await PhoneCodeRow.filter(id=index).select_for_update().using_db(db).first()
        _, right = answer(_code_of(row), self._hashed(index, digits_of(code)), self._clock.now())
        if not right:
            raise _wrong(field)
        await PhoneCodeRow.filter(id=index).using_db(db).update(answered=True)

    # accounts

    async def enter(self, db: BaseDBAsyncClient, phone: str, code: str, consent: str, address: str, browser: str) -> str:
        """The id of whoever has this number, by its code: registered now, or before. `consent`: the notice that was agreed to just now."""
        await self._spend(db, phone, code)
        now, index = self._clock.now(), self._index(phone)
        row = await Resident.filter(phone_index=index).select_for_update().using_db(db).first()
        if row is None:
            row = await self._register(db, phone, consent, now)
            await note(db, now, Act.REGISTERED, someone(row), address=address, detail=consent)
        elif row.consent != consent:
            await Resident.filter(id=row.id).using_db(db).update(consent=consent, consent_at=now)
            await note(db, now, Act.CONSENTED, someone(row), address=address, detail=consent)
        await note(db, now, Act.SIGNED_IN, someone(row), address=address, detail=browser)
        return row.id

    async def _register(self, db: BaseDBAsyncClient, phone: str, consent: str, now: datetime) -> Resident:
        resident, key = secrets.token_hex(16), secrets.token_bytes(32)
        return await Resident.create(
            id=resident,
            key=self._wrapped(resident, key),
            phone_index=self._index(phone),
            phone=sealed(key, b"phone", phone),
            name=sealed(key, b"name", ""),
            region=await _county(db),
            consent=consent,
            consent_at=now,
            registered_at=now,
            using_db=db,
        )

    async def person(self, resident: str) -> Person:
        """Raises `NotFound`, `Unavailable`."""
        row = await Resident.filter(id=resident).using_db(reads()).first()
        if row is None:
            raise NotFound("no_account", "There is no such account")
        name = _opened(self._unwrapped(row), b"name", row.name)
        return Person(row.id, self._phone(row), name, row.consent, rfc3339(row.consent_at), rfc3339(row.registered_at), row.region)

    async def rename(self, resident: str, name: str) -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            row = await _row(db, resident)
            await Resident.filter(id=resident).using_db(db).update(name=sealed(self._unwrapped(row), b"name", name))
            await note(db, self._clock.now(), Act.NAME_CORRECTED, someone(row))

        await self._writer.run(job, _nothing)

    async def move(self, resident: str, present: str, phone: str, code: str, cases: list[tuple[str, str]]) -> None:
        """Another number, by the `code` that went to it and the one that went to the number there is. `cases` (case, party) of the former stay the resident's. Raises
        `Invalid`, and `Conflict` where the number has an account already."""

        async def job(db: BaseDBAsyncClient) -> None:
            own = await self._number(db, resident)
            for one, answered, field in sorted([(own, present, "present"), (phone, code, "code")], key=lambda proof: self._index(proof[0])):
                await self._spend(db, one, answered, field)
            row = await self._row(db, resident, own)
            if await Resident.filter(phone_index=self._index(phone)).exclude(id=resident).using_db(db).exists():
                raise Conflict("number_taken", "This number has an account of its own; delete that one first, or go on with it")
            moved = sealed(self._unwrapped(row), b"phone", phone)
            await Resident.filter(id=resident).using_db(db).update(phone_index=self._index(phone), phone=moved)
            for case, party in cases:
                await self._claim(db, resident, case, party)
            await note(db, self._clock.now(), Act.NUMBER_CHANGED, someone(row))

        await self._writer.run(job, _nothing)

    async def claim(self, resident: str, case: str, party: str, proof: tuple[str, str] | None = None) -> None:
        """`proof`: of another number and its code, where the claim is by that."""

        async def job(db: BaseDBAsyncClient) -> None:
            if proof is not None:
                await self._spend(db, *proof)
            row = await _row(db, resident)
            if await self._claim(db, resident, case, party):
                await note(db, self._clock.now(), Act.MATTER_CLAIMED, someone(row), detail=case)

        await self._writer.run(job, _nothing)

    async def unclaim(self, db: BaseDBAsyncClient, case: str, party: str) -> None:
        """Nobody's by a claim any more: the number by which it was made stands there no longer."""
        await Claim.filter(case_id=case, party=party).using_db(db).delete()

    async def claims(self, resident: str) -> list[tuple[str, str]]:
        rows = await Claim.filter(resident=resident).using_db(reads()).order_by("-id").values_list("case_id", "party")
        return [(str(case), str(party)) for case, party in rows]

    async def exported(self, resident: str, code: str) -> None:
        """`code`: of the account's number."""

        async def job(db: BaseDBAsyncClient) -> None:
            own = await self._number(db, resident)
            await self._spend(db, own, code)
            await note(db, self._clock.now(), Act.DATA_EXPORTED, someone(await self._row(db, resident, own)))

        await self._writer.run(job, _nothing)

    async def delete(self, resident: str, code: str, act: Act) -> list[str]:
        """The account with its key, number, name and claims, by the code of its number; its sign-ins end, and are returned. How many codes went to the number today
        stays for that day, under its keyed hash. `act`: deleted, or consent withdrawn."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            own, now = await self._number(db, resident), self._clock.now()
            await self._spend(db, own, code)
            row = await self._row(db, resident, own)
            await note(db, now, act, someone(row))
            ended = await end_all(db, resident, now, "deleted", kind="resident")
            ended += await end_within(db, ended, now, "deleted")
            await Login.filter(kind="resident", account=resident).using_db(db).update(address="", browser="")
            await Claim.filter(resident=resident).using_db(db).delete()
            await PhoneCodeRow.filter(id=row.phone_index).using_db(db).update(hash="")
            await Resident.filter(id=resident).using_db(db).delete()
            return ended

        return await self._writer.run(job, _nothing)

    async def _claim(self, db: BaseDBAsyncClient, resident: str, case: str, party: str) -> bool:
        """Whether it is a new one. The account's row is locked."""
        if await Claim.filter(resident=resident, case_id=case, party=party).using_db(db).exists():
            return False
        await Claim.create(resident=resident, case_id=case, party=party, at=self._clock.now(), using_db=db)
        return True

    async def _number(self, db: BaseDBAsyncClient, resident: str) -> str:
        row = await Resident.filter(id=resident).using_db(db).first()
        if row is None:
            raise NotFound("no_account", "There is no such account")
        return self._phone(row)

    async def _row(self, db: BaseDBAsyncClient, resident: str, phone: str) -> Resident:
        """The account, locked, which had this number a moment ago: codes are locked before accounts, in every transaction, and those in the order of their index."""
        row = await _row(db, resident)
        if row.phone_index != self._index(phone):
            raise Conflict("number_changed", "The number of the account was changed meanwhile; please look again")
        return row

    # secrets

    def _index(self, phone: str) -> str:
        return hmac.new(self._index_key, phone.encode(), "sha256").hexdigest()

    def _hashed(self, index: str, code: str) -> str:
        return hmac.new(self._code_key, f"{index}|{code}".encode(), "sha256").hexdigest()

    def _wrapped(self, resident: str, key: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, key, resident.encode())

    def _phone(self, row: Resident) -> str:
        return _opened(self._unwrapped(row), b"phone", row.phone)

    def _unwrapped(self, row: Resident) -> bytes:
        try:
            return self._cipher.decrypt(bytes(row.key[:NONCE]), bytes(row.key[NONCE:]), row.id.encode())
        except InvalidTag:
            raise _unreadable() from None


def someone(row: Resident) -> Someone:
    return Someone(row.id, str(Role.RESIDENT), row.region)


def _code_of(row: PhoneCodeRow | None) -> PhoneCode | None:
    return PhoneCode(row.hash, row.asked_at, row.since, row.count, row.tries, row.answered) if row is not None else None


def _opened(key: bytes, what: bytes, closed: bytes) -> str:
    try:
        return opened(key, what, closed)
    except InvalidTag:
        raise _unreadable() from None


def _unreadable() -> Unavailable:
    return Unavailable("account_unreadable", "The account does not open with this installation's keys")


def _wrong(field: str) -> Invalid:
    return Invalid("phone_code_wrong", "The code is wrong or over; look again, or ask for another one", field=field)


async def _row(db: BaseDBAsyncClient, resident: str) -> Resident:
    row = await Resident.filter(id=resident).select_for_update().using_db(db).first()
    if row is None:
        raise NotFound("no_account", "There is no such account")
    return row


async def _county(db: BaseDBAsyncClient) -> str:
    """Whose administrators read the entries: the county's, where there is one; of several, only who administers all of them."""
    counties = {str(code)[:6] for code in await Region.all().using_db(db).values_list("code", flat=True)}
    return counties.pop() if len(counties) == 1 else ""


def _nothing(_: object) -> None:
    return None
