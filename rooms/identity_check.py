"""A party's identity proved to a provider (实人核验) instead of to the mediator's eyes: asked for, pending, passed or failed. Pure.

    begun ── the provider says passed ── verified, on the present device
      ├── failed: another try, `TRIES` in a session; the mediator can always compare by eye
      └── 15 minutes, or another device: begun anew

What the browser brings back from the provider says nothing: the server asks the provider itself, by the token that it was given.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from cases.errors import Invalid, OutOfTurn, TooMuch
from cases.ports import Happened, IdentityOutcome
from cases.vocabulary import SeatRole
from rooms.room import IdentityTry, Room, Seat

LIVES = timedelta(minutes=15)
TRIES = 5


def demand_beginning(seat: Seat, has_card: bool) -> None:
    """Raises `Refusal` where this seat cannot be proved to a provider now. `has_card`: whether name and identity number of the party are known."""
    if seat.role is not SeatRole.PARTY or seat.acts is not None:
        raise Invalid("not_provable", "Whoever acts for somebody shows card and authority to the mediator", field="seat")
    if not has_card:
        raise Invalid("no_id_number", "Give your identity number: the case has none of yours", field="id_number")
    if seat.verified:
        raise OutOfTurn("already_verified", "Your identity has been verified already")
    if seat.identity is not None and seat.identity.count >= TRIES:
        raise TooMuch("too_many_tries", f"This was tried {TRIES} times; the mediator compares your card with your face", limit=TRIES)


def count(seat: Seat, now: datetime) -> int:
    """A try is counted before the provider is asked, which may cost money; returns the device that it is for."""
    tries = seat.identity.count + 1 if seat.identity is not None else 1
    seat.identity = IdentityTry("", now, seat.device, tries)
    return seat.device


def begin(seat: Seat, token: str, device: int, provider: str, now: datetime, id_number: str = "") -> list[Happened]:
    """Raises `OutOfTurn` where the seat went to another device while the provider was asked."""
    if seat.identity is None or seat.device != device:
        raise OutOfTurn("no_identity_check", "This seat was opened on another device meanwhile; begin it there")
    seat.identity = IdentityTry(token, now, device, seat.identity.count, id_number=id_number)
    return [Happened("identity.begun", {"seat": seat.id, "provider": provider})]


def forget_number(seat: Seat) -> None:
    """What was given and not proved is kept no longer than the try: not once the mediator has compared the card, nor after the session."""
    if seat.identity is not None and seat.identity.id_number:
        seat.identity = msgspec.structs.replace(seat.identity, id_number="")


def token_of(seat: Seat, now: datetime) -> str:
    """Of the try that is open. Raises `OutOfTurn`."""
    found = seat.identity
    if found is None or not found.token or found.device != seat.device or found.failed or now >= found.at + LIVES:
        raise OutOfTurn("no_identity_check", "There is no check of your identity under way here; begin it once more")
    return found.token


def settle(room: Room, seat: Seat, token: str, outcome: IdentityOutcome, provider: str, now: datetime) -> list[Happened]:
    """What the provider said of a try. Raises `OutOfTurn` where that is not the present one any more."""
    if seat.verified and seat.identity is not None and seat.identity.token == token:
        return []
    if token_of(seat, now) != token:
        raise OutOfTurn("no_identity_check", "There is no check of your identity under way here; begin it once more")
    assert seat.identity is not None
    if outcome.state == "open":
        return []
    if outcome.state == "failed":
        seat.identity = msgspec.structs.replace(seat.identity, failed=outcome.reason or "other", id_number="")
        return [Happened("identity.failed", {"seat": seat.id, "provider": provider, "reason": outcome.reason})]
    seat.verified = True
    return [Happened("identity.verified", {"seat": seat.id, "method": "provider", "provider": provider, "reference": outcome.reference})]
