"""From the draft to the agreement in force: one table of stages, commands in, events out.

- A freeze fixes the text to a hash. Every party confirms every clause of that hash; consent to e-signature is needed before signing.
- Parties sign in any order, each once; then the mediator, the recorder where there is one, and last the committee's seal.
- On paper (人民调解法 29: 签名、盖章或者按指印; 电子签名法 3 leaves no other way in matters of personal status) the pages come back one by one, each may be
  replaced, and the mediator states for exactly these pictures that everybody signed; the seal closes the file made of them.
- Any objection or edit before effect voids every confirmation and signature and goes back to drafting, with a new revision.
- Refusal ends the signing without any penalty (人民调解法 17, 26; 在线调解规则 25). The mediator alone may then go back to drafting, as after an objection:
  whoever refused confirms and signs anew like everybody, or does not.
- The agreement takes effect once it is sealed and our own validator has passed the file (人民调解法 29).

Commands carry the `revision` they were made against, and what commits to text or file carries its hash: whoever saw something else is
refused. `decide(state, command)` returns events; `evolve(state, event)` applies one. Events alone rebuild the state.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from agreements.acts import (
    Accept,
    Attest,
    Attested,
    ClauseConfirmed,
    Command,
    ConfirmClause,
    Consented,
    ConsentToSign,
    DropPage,
    Effective,
    Ended,
    Event,
    Freeze,
    Frozen,
    OpenSigning,
    PageDropped,
    PageTaken,
    PaperOpened,
    Refuse,
    Reopen,
    Seal,
    Sealed,
    SealingOpened,
    Sign,
    Signed,
    SigningOpened,
    TakePage,
    Voided,
    Way,
)


class Stage(StrEnum):
    DRAFTING = "drafting"
    FROZEN = "frozen"
    CONFIRMING = "confirming"
    SIGNING = "signing"
    PAPER = "paper"
    SEALING = "sealing"
    EFFECTIVE = "effective"
    ENDED = "ended"


ALLOWED: dict[str, frozenset[Stage]] = {
    "Freeze": frozenset({Stage.DRAFTING}),
    "ConfirmClause": frozenset({Stage.FROZEN, Stage.CONFIRMING}),
    "ConsentToSign": frozenset({Stage.FROZEN, Stage.CONFIRMING, Stage.SIGNING}),
    "OpenSigning": frozenset({Stage.CONFIRMING}),
    "Sign": frozenset({Stage.SIGNING}),
    "TakePage": frozenset({Stage.PAPER}),
    "DropPage": frozenset({Stage.PAPER}),
    "Attest": frozenset({Stage.PAPER}),
    "Seal": frozenset({Stage.SEALING}),
    "Accept": frozenset({Stage.SEALING}),
    "Reopen": frozenset({Stage.FROZEN, Stage.CONFIRMING, Stage.SIGNING, Stage.PAPER, Stage.SEALING, Stage.ENDED}),
    "Refuse": frozenset({Stage.DRAFTING, Stage.FROZEN, Stage.CONFIRMING, Stage.SIGNING, Stage.PAPER, Stage.SEALING}),
}
"""Command → stages in which it is taken."""

MOVES: dict[str, Stage] = {
    "Frozen": Stage.FROZEN,
    "ClauseConfirmed": Stage.CONFIRMING,
    "SigningOpened": Stage.SIGNING,
    "PaperOpened": Stage.PAPER,
    "SealingOpened": Stage.SEALING,
    "Effective": Stage.EFFECTIVE,
    "Voided": Stage.DRAFTING,
    "Ended": Stage.ENDED,
}
"""Event → stage after it; other events leave the stage as it is."""


class Signer(msgspec.Struct, frozen=True):
    """`role` is party, mediator or recorder; `seat` is unique."""

    seat: str
    role: str


class Ceremony(msgspec.Struct, frozen=True):
    """The state. `revision` counts the freezes; hashes are lower-case hex; `signed` keeps the order of the signatures; `leaves` are the pages that came back
    on paper, in the order of the pages, empty where one is still missing; `frozen_hash` is the file before anybody signed it."""

    signers: tuple[Signer, ...]
    stage: Stage = Stage.DRAFTING
    revision: int = 0
    content_hash: str = ""
    file_hash: str = ""
    clauses: tuple[str, ...] = ()
    confirmed: frozenset[tuple[str, str]] = frozenset()
    consented: frozenset[str] = frozenset()
    signed: tuple[str, ...] = ()
    sealed: bool = False
    way: Way = Way.ELECTRONIC
    leaves: tuple[str, ...] = ()
    frozen_hash: str = ""

    def parties(self) -> list[str]:
        return [signer.seat for signer in self.signers if signer.role == "party"]


class CeremonyError(ValueError):
    """A command that is not taken. `code` is stable; `retry` tells whether the client may succeed after it has read the state again."""

    def __init__(self, code: str, message: str, *, retry: bool = False, **data: Any) -> None:
        super().__init__(message)
        self.code = code
        self.retry = retry
        self.data = data


def begin(signers: list[Signer]) -> Ceremony:
    """A ceremony in drafting. At least two parties, exactly one mediator, at most one recorder, no seat twice."""
    roles = [signer.role for signer in signers]
    seats = {signer.seat for signer in signers}
    if len(seats) != len(signers) or roles.count("party") < 2 or roles.count("mediator") != 1 or roles.count("recorder") > 1:
        raise CeremonyError("bad_signers", "two parties or more, one mediator and at most one recorder sign, each from a seat of their own")
    if set(roles) - {"party", "mediator", "recorder"}:
        raise CeremonyError("bad_signers", "a signer is a party, the mediator or the recorder")
    return Ceremony(tuple(signers))


def decide(state: Ceremony, command: Command) -> list[Event]:
    """The events a command causes. Raises `CeremonyError`."""
    name = type(command).__name__
    if state.stage not in ALLOWED[name]:
        raise CeremonyError("wrong_stage", f"{name} is not taken in the stage of {state.stage}", retry=True, stage=str(state.stage))
    if command.revision != state.revision:
        message = f"made against revision {command.revision}, the present one is {state.revision}: read it again"
        raise CeremonyError("stale_revision", message, retry=True, revision=state.revision)
    match command:
        case Freeze():
            return _freeze(state, command)
        case ConfirmClause():
            return _confirm(state, command)
        case ConsentToSign(seat=seat):
            _role_of(state, seat)
            return [] if seat in state.consented else [Consented(seat)]
        case OpenSigning():
            return _open_signing(state)
        case Sign():
            return _sign(state, command)
        case TakePage():
            return _take(state, command)
        case DropPage():
            _demand_leaf(state, command)
            return [PageDropped(command.page, command.leaf)]
        case Attest():
            return _attest(state, command)
        case Seal():
            if state.sealed:
                raise CeremonyError("already_sealed", "the committee's seal is on the agreement already")
            _check_base(state, command.base_hash, command.file_hash)
            return [Sealed(command.base_hash, command.file_hash)]
        case Accept():
            return _accept(state, command)
        case Reopen():
            if _role_of(state, command.seat) != "mediator" and state.stage is Stage.ENDED:
                raise CeremonyError("mediator_reopens", "somebody refused to sign: the mediator alone may send the text back")
            return [Voided(state.revision, command.seat, command.reason, command.clause)]
        case Refuse(seat=seat):
            _role_of(state, seat)
            return [Ended(seat)]


def _freeze(state: Ceremony, command: Freeze) -> list[Event]:
    if command.paper_only and command.way is not Way.PAPER:
        raise CeremonyError("paper_only", "matters of personal status are signed on paper with a fingerprint", reason=command.paper_only)
    if command.missing:
        raise CeremonyError("incomplete", "statutory items are missing", missing=list(command.missing))
    if not command.clauses:
        raise CeremonyError("incomplete", "there is no clause to confirm", missing=["terms_missing"])
    return [Frozen(state.revision + 1, command.content_hash, command.file_hash, command.clauses, command.way, command.pages)]


def _confirm(state: Ceremony, command: ConfirmClause) -> list[Event]:
    if _role_of(state, command.seat) != "party":
        raise CeremonyError("not_a_party", "only parties confirm clauses")
    if command.content_hash != state.content_hash:
        raise CeremonyError("other_text", "this is not the text that was frozen: read it again", retry=True)
    if command.clause not in state.clauses:
        raise CeremonyError("unknown_clause", f"there is no clause {command.clause}", clause=command.clause)
    if (command.seat, command.clause) in state.confirmed:
        return []
    return [ClauseConfirmed(command.seat, command.clause)]


def _open_signing(state: Ceremony) -> list[Event]:
    open_clauses = [(seat, clause) for seat in state.parties() for clause in state.clauses if (seat, clause) not in state.confirmed]
    if open_clauses:
        raise CeremonyError("unconfirmed", "not every party has confirmed every clause", open=open_clauses)
    return [PaperOpened(state.revision) if state.way is Way.PAPER else SigningOpened(state.revision)]


def _take(state: Ceremony, command: TakePage) -> list[Event]:
    if not 1 <= command.page <= len(state.leaves):
        raise CeremonyError("sheet_unknown", "the agreement has no such page", page=command.page)
    if state.leaves[command.page - 1] == command.leaf:
        return []
    return [PageTaken(command.page, command.leaf, command.photo, command.source)]


def _demand_leaf(state: Ceremony, command: DropPage) -> None:
    if not 1 <= command.page <= len(state.leaves) or not command.leaf or state.leaves[command.page - 1] != command.leaf:
        raise CeremonyError("other_page", "this picture of the page was replaced or taken out already", retry=True, page=command.page)


def _attest(state: Ceremony, command: Attest) -> list[Event]:
    if _role_of(state, command.seat) != "mediator":
        raise CeremonyError("not_the_mediator", "the mediator states who signed")
    if command.content_hash != state.content_hash:
        raise CeremonyError("other_text", "this is not the text that was frozen: read it again", retry=True)
    missing = [page for page, leaf in enumerate(state.leaves, 1) if not leaf]
    if missing:
        raise CeremonyError("pages_missing", "not every page has come back", missing=missing)
    if command.leaves != state.leaves:
        raise CeremonyError("other_page", "a page was replaced meanwhile: look at it again", retry=True)
    attested = Attested(command.seat, command.leaves, state.file_hash, command.file_hash)
    return [attested, SealingOpened(state.revision)]


def _sign(state: Ceremony, command: Sign) -> list[Event]:
    role = _role_of(state, command.seat)
    if command.seat in state.signed:
        raise CeremonyError("already_signed", "this seat has signed already")
    if command.content_hash != state.content_hash:
        raise CeremonyError("other_text", "this is not the text that was frozen: read it again", retry=True)
    if role == "party" and command.seat not in state.consented:
        raise CeremonyError("no_consent", "consent to e-signature comes before the signature (电子签名法 3)")
    waiting = [signer.seat for signer in state.signers if _rank(signer.role) < _rank(role) and signer.seat not in state.signed]
    if waiting:
        raise CeremonyError("too_early", "parties sign before the mediator, the mediator before the recorder", waiting=waiting)
    _check_base(state, command.base_hash, command.file_hash)
    events: list[Event] = [Signed(command.seat, role, command.base_hash, command.file_hash)]
    if len(state.signed) + 1 == len(state.signers):
        events.append(SealingOpened(state.revision))
    return events


def _accept(state: Ceremony, command: Accept) -> list[Event]:
    if not state.sealed:
        raise CeremonyError("not_sealed", "the committee's seal is missing")
    if command.file_hash != state.file_hash:
        raise CeremonyError("other_file", "another file was checked than the one that was sealed", retry=True)
    if not command.valid:
        raise CeremonyError("invalid_file", "the sealed file does not pass the check: it does not take effect")
    return [Effective(state.revision, state.content_hash, state.file_hash)]


def _check_base(state: Ceremony, base_hash: str, file_hash: str) -> None:
    """Compare-and-swap on the file: two signatures onto the same file would each lose the other."""
    if base_hash != state.file_hash:
        raise CeremonyError("stale_file", "another signature came first: sign the present file", retry=True, file_hash=state.file_hash)
    if file_hash == base_hash:
        raise CeremonyError("unchanged_file", "the file did not change by signing")


def _role_of(state: Ceremony, seat: str) -> str:
    for signer in state.signers:
        if signer.seat == seat:
            return signer.role
    raise CeremonyError("not_a_signer", f"seat {seat} does not sign this agreement")


def _rank(role: str) -> int:
    return {"party": 0, "mediator": 1, "recorder": 2}[role]


def evolve(state: Ceremony, event: Event) -> Ceremony:
    """Apply one event; never refuses, since events have happened."""
    stage = MOVES.get(type(event).__name__, state.stage)
    replace = msgspec.structs.replace
    match event:
        case Frozen():
            fresh = Ceremony(state.signers, stage, event.revision, event.content_hash, event.file_hash, event.clauses)
            leaves = ("",) * event.pages if event.way is Way.PAPER else ()
            return replace(fresh, consented=state.consented, way=event.way, leaves=leaves, frozen_hash=event.file_hash)
        case ClauseConfirmed():
            return replace(state, stage=stage, confirmed=state.confirmed | {(event.seat, event.clause)})
        case Consented():
            return replace(state, consented=state.consented | {event.seat})
        case Signed():
            return replace(state, signed=(*state.signed, event.seat), file_hash=event.file_hash)
        case PageTaken(page=page, leaf=leaf):
            return replace(state, leaves=(*state.leaves[: page - 1], leaf, *state.leaves[page:]))
        case PageDropped(page=page):
            return replace(state, leaves=(*state.leaves[: page - 1], "", *state.leaves[page:]))
        case Attested():
            return replace(state, file_hash=event.file_hash)
        case Sealed():
            return replace(state, sealed=True, file_hash=event.file_hash)
        case Voided():
            return Ceremony(state.signers, stage, state.revision, consented=state.consented)
        case SigningOpened() | PaperOpened() | SealingOpened() | Effective() | Ended():
            return replace(state, stage=stage)


def replay(signers: list[Signer], events: list[Event]) -> Ceremony:
    state = begin(signers)
    for event in events:
        state = evolve(state, event)
    return state
