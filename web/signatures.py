"""People's signatures: by a key that the signer's device keeps, in three steps, or by one that is made here for a single signature and dropped.

    begin_signing        what a certificate for the device's key is asked with                   nothing is kept
    prepare_signature    the certificate, and the file with room for the signature               kept here, for TICKET
    complete_signature   the signature goes in; committed if nobody else was faster              durable

Whoever has prepared is waited for during LEASE, so that several who sign at once go one after the other. Across servers, and for whoever takes longer,
the commit compares the file that was signed with the present one: the second is told `stale_file`, and its page prepares again with the same key, for
which the certificate is still here.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from agreements import ceremony as c
from agreements.agreement import MEDIATOR_SEAT
from agreements.commands import BeginSigning, CompleteSignature, PrepareSignature, SignAgreement, SignatureCommand
from agreements.fonts import FontDirs
from agreements.own_key import Holder, Prepared, complete, prepare
from agreements.signing import revision_hash, sign
from agreements.signing_request import RequestError, request_info, signed_request
from agreements.strokes import StrokesError, draw_strokes, read_strokes
from cases.acting import TITLES, demand_binding
from cases.actor import Actor
from cases.errors import Conflict, Invalid, NotFound
from cases.permissions import demand
from cases.ports import Blobs, Clock
from cases.vocabulary import Action
from rooms.handling import seat_of, standings
from storage.reading import Reader
from storage.work import Store
from web import ceremony_acts as acts
from web.ceremony_steps import keep
from web.providers import Providers
from web.rates import Rates
from web.signing_codes import demand_code

TRIES = 3
LEASE = timedelta(seconds=8)
TICKET = timedelta(seconds=90)
SERVER, DEVICE = "server", "device"
"""Where the key of a signature lay."""
Run = Callable[..., Awaitable[Any]]


class Turn(NamedTuple):
    """Whose signature it is, of which text, on which file: checked but for the signature itself. `printed` and `role` are what the certificate says."""

    seat: str
    revision: int
    text: str
    printed: str
    role: str
    field: str
    file: str


class Pending(NamedTuple):
    """A prepared signature; others wait for it until `until`, or until it is `over`: completed, or another try has taken its place."""

    ticket: str
    case: str
    actor: str
    turn: Turn
    strokes: bytes
    holder: Holder
    prepared: Prepared
    since: datetime
    until: datetime
    over: asyncio.Event


class Signatures:
    def __init__(
        self,
        store: Store,
        reader: Reader,
        blobs: Blobs,
        clock: Clock,
        run: Run,
        providers: Providers,
        font_dirs: FontDirs,
        lock: Callable[[str], asyncio.Lock],
    ) -> None:
        self._store, self._reader, self._blobs, self._clock, self._run = store, reader, blobs, clock, run
        self._providers, self._font_dirs, self._lock = providers, font_dirs, lock
        self._pending: dict[tuple[str, str], Pending] = {}
        self._rates = Rates()

    async def do(self, command: SignatureCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        match command:
            case SignAgreement():
                return await self._sign(command, actor, receipt)
            case BeginSigning():
                turn = await self._turn(command, actor)
                return {"request": self._request(turn, command.key)}
            case PrepareSignature():
                return await self._prepare(command, actor)
            case CompleteSignature():
                return await self._complete(command, actor, receipt)

    async def _turn(self, command: SignAgreement | BeginSigning | PrepareSignature, actor: Actor) -> Turn:
        """Raises `Refusal`: whoever may not sign is told so before a key or a certificate is made."""
        dossier = await self._reader.dossier(command.case)
        room, agreement = dossier.room, dossier.agreement
        seat = seat_of(room, actor) if room is not None else None
        if room is None or seat is None:
            raise NotFound("no_session", "There is no session in this case")
        if agreement is None or agreement.ceremony is None:
            raise NotFound("no_agreement", "There is nothing to sign yet")
        demand(standings(room, actor), Action.SIGN, room.stage)
        acts.demand_consent(room, seat.id)
        demand_binding(seat.acts)
        printed = agreement.names.get(seat.id, "")
        name = seat.acts.name if seat.acts else printed
        if command.name.strip() != name:
            raise Invalid("other_name", f"Please type the name as it is printed: {name}", field="name", expected=name)
        if not command.intent:
            raise Invalid("intent_needed", "Please tick that you have read the agreement and sign it of your own will", field="intent")
        if not agreement.file:
            raise NotFound("no_agreement", "There is nothing to sign yet")
        # Asked with a hash that cannot be: all that may be refused, but for the race with others. The dossier is not ours to change.
        agreement.demand(c.Sign(agreement.revision, seat.id, command.hash, agreement.ceremony.file_hash, "0" * 64))
        demand_code(room, agreement, seat, self._clock.now())
        role = "人民调解员" if seat.id == MEDIATOR_SEAT else TITLES[seat.acts.capacity] if seat.acts else "当事人"
        return Turn(seat.id, agreement.revision, command.hash, printed, role, agreement.fields[seat.id], agreement.file)

    async def _sign(self, command: SignAgreement, actor: Actor, receipt: str) -> dict[str, Any]:
        """By a key that is made here for this signature alone."""
        picture = await self._picture(command.strokes)
        for _ in range(TRIES):
            await self._nobody_ahead(command.case, "", self._clock.now() + LEASE)
            async with self._lock(command.case):
                turn, behind = await self._turn(command, actor), self._providers
                before = await self._blobs.get(turn.file)
                credential = await behind.one_time(turn.printed, turn.role, self._clock.now())
                now = self._clock.now()
                trust, service = await behind.at_hand(now)
                with behind.answering():
                    after = await self._run(
                        sign, before, turn.field, picture, credential, trust, service, now, self._font_dirs, behind.label
                    )
                try:
                    return await self._commit(command.case, actor, receipt, turn, command.strokes.encode(), before, after, SERVER)
                except Conflict as conflict:
                    if conflict.code != "stale_file":
                        raise
        raise Conflict("busy_signing", "Several people are signing at once; please try again")

    async def _prepare(self, command: PrepareSignature, actor: Actor) -> dict[str, Any]:
        self._rates.spend("signature", f"{command.case}/{actor.id}")
        picture, behind = await self._picture(command.strokes), self._providers
        patience = self._clock.now() + LEASE
        while True:
            turn = await self._turn(command, actor)
            await self._nobody_ahead(command.case, turn.seat, patience)
            async with self._lock(command.case):
                if self._ahead(command.case, turn.seat) is not None:
                    continue
                turn = await self._turn(command, actor)
                before = await self._blobs.get(turn.file)
                holder = await self._holder(command, turn)
                now = self._clock.now()
                trust, service = await behind.at_hand(now)
                with behind.answering():
                    made = await self._run(prepare, before, turn.field, picture, holder, trust, service, now, self._font_dirs, behind.label)
                ticket = secrets.token_urlsafe(16)
                self._keep(ticket, command, actor, turn, holder, made)
            return {
                "ticket": ticket,
                "base": revision_hash(before),
                "increment": made.increment,
                "hole": list(made.hole),
                "attributes": made.attributes,
            }

    async def _complete(self, command: CompleteSignature, actor: Actor, receipt: str) -> dict[str, Any]:
        now, behind = self._clock.now(), self._providers
        asked = command.ticket.encode()
        one = next((each for each in self._pending.values() if secrets.compare_digest(each.ticket.encode(), asked)), None)
        if one is None or (one.case, one.actor) != (command.case, actor.id) or now - one.since > TICKET:
            raise Conflict("signature_lapsed", "This signature was not completed in time, or begun on another server: begin it again")
        try:
            before = await self._blobs.get(one.turn.file)
            trust, service = await behind.at_hand(now)
            with behind.answering():
                after = await self._run(complete, before, one.turn.field, one.prepared, one.holder, command.signature, trust, service, now)
            result = await self._commit(command.case, actor, receipt, one.turn, one.strokes, before, after, DEVICE)
        finally:
            one.over.set()
        self._forget(one)
        return result

    async def _commit(
        self, case: str, actor: Actor, receipt: str, turn: Turn, strokes: bytes, before: bytes, after: bytes, key: str
    ) -> dict[str, Any]:
        files = [await keep(self._blobs, after, "agreement"), await keep(self._blobs, strokes, "strokes")]
        signed = c.Sign(turn.revision, turn.seat, turn.text, revision_hash(before), revision_hash(after))
        return await self._store.execute(case, acts.signed(actor, signed, files, key), receipt)

    async def _holder(self, command: PrepareSignature, turn: Turn) -> Holder:
        """With the certificate that this key got for a try before, else with a new one."""
        former = self._pending.get((command.case, turn.seat))
        if former is not None and former.holder.key == command.key and former.turn.revision == turn.revision:
            return former.holder
        try:
            request = signed_request(self._request(turn, command.key), command.key, command.proof)
        except RequestError as error:
            raise Invalid("key_refused", str(error), field="proof") from None
        certificate, *above = await self._providers.certify(request, self._clock.now())
        return Holder(command.key, certificate, tuple(above))

    def _request(self, turn: Turn, key: bytes) -> bytes:
        try:
            return request_info(key, turn.printed, turn.role, self._providers.organisation)
        except RequestError as error:
            raise Invalid("key_refused", str(error), field="key") from None

    async def _picture(self, strokes: str) -> bytes:
        try:
            picture: bytes = await self._run(_drawn, strokes.encode())
        except StrokesError as error:
            raise Invalid(f"strokes_{error.code}", str(error), field="strokes") from None
        return picture

    def _keep(self, ticket: str, command: PrepareSignature, actor: Actor, turn: Turn, holder: Holder, made: Prepared) -> None:
        """One for each seat. Whoever prepares again on the same file holds the others back no longer for it."""
        place, now = (command.case, turn.seat), self._clock.now()
        former = self._pending.get(place)
        until = former.until if former is not None and former.turn.file == turn.file else now + LEASE
        if former is not None:
            former.over.set()
        one = Pending(ticket, command.case, actor.id, turn, command.strokes.encode(), holder, made, now, until, asyncio.Event())
        self._pending[place] = one
        asyncio.get_running_loop().call_later(TICKET.total_seconds(), self._forget, one)

    def _forget(self, one: Pending) -> None:
        """Handwriting that came to nothing does not stay; another try of the same seat does."""
        one.over.set()
        if self._pending.get((one.case, one.turn.seat)) is one:
            del self._pending[one.case, one.turn.seat]

    def _ahead(self, case: str, seat: str) -> Pending | None:
        """Somebody else who has prepared a signature of this agreement a moment ago."""
        others = (one for one in self._pending.values() if one.case == case and one.turn.seat != seat)
        return next((one for one in others if not one.over.is_set() and self._clock.now() < one.until), None)

    async def _nobody_ahead(self, case: str, seat: str, patience: datetime) -> None:
        """What else this line has to say waits behind it: not beyond `patience`. Raises `Conflict`."""
        while (one := self._ahead(case, seat)) is not None:
            now = self._clock.now()
            if now >= patience:
                raise Conflict("busy_signing", "Several people are signing at once; please try again")
            with suppress(TimeoutError):
                async with asyncio.timeout((min(one.until, patience) - now).total_seconds()):
                    await one.over.wait()


def _drawn(strokes: bytes) -> bytes:
    return draw_strokes(read_strokes(strokes))
