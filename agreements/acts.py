"""What is done at a signing ceremony (commands), and what has happened (events): the vocabulary of `ceremony`.

Commands carry the `revision` they were made against; what commits to text or file carries its SHA-256 in lower-case hex. Events are what is
stored: they alone rebuild the state.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Way(StrEnum):
    """How an agreement is signed: chosen at its freeze, and anew at the next one."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class Freeze(msgspec.Struct, frozen=True, tag=True):
    """`missing`: codes of `completeness`; `paper_only`: the reason, empty when e-signature is allowed; `file_hash`: the certified PDF; `pages`: how many
    it has, which matters on paper."""

    revision: int
    content_hash: str
    file_hash: str
    clauses: tuple[str, ...]
    missing: tuple[str, ...] = ()
    paper_only: str = ""
    way: Way = Way.ELECTRONIC
    pages: int = 0


class ConfirmClause(msgspec.Struct, frozen=True, tag=True):
    revision: int
    seat: str
    clause: str
    content_hash: str


class ConsentToSign(msgspec.Struct, frozen=True, tag=True):
    revision: int
    seat: str


class OpenSigning(msgspec.Struct, frozen=True, tag=True):
    revision: int


class Sign(msgspec.Struct, frozen=True, tag=True):
    """`base_hash` is the file the signature was put onto, `file_hash` the file it made."""

    revision: int
    seat: str
    content_hash: str
    base_hash: str
    file_hash: str


class TakePage(msgspec.Struct, frozen=True, tag=True):
    """A page that came back signed. `page` from 1; `leaf`, `photo` and `source` are the SHA-256 of the page laid flat, of the photograph it was found on,
    and of the file as it came."""

    revision: int
    page: int
    leaf: str
    photo: str
    source: str


class DropPage(msgspec.Struct, frozen=True, tag=True):
    """Take a page out again; `leaf` says which picture of it was meant."""

    revision: int
    page: int
    leaf: str


class Attest(msgspec.Struct, frozen=True, tag=True):
    """The mediator states that everybody signed before them. `leaves` are the pages that were looked at, in order; `file_hash` is the file made of them."""

    revision: int
    seat: str
    content_hash: str
    leaves: tuple[str, ...]
    file_hash: str


class Seal(msgspec.Struct, frozen=True, tag=True):
    revision: int
    base_hash: str
    file_hash: str


class Accept(msgspec.Struct, frozen=True, tag=True):
    """`valid` is the verdict of `evidence.pdf_check` on exactly `file_hash`."""

    revision: int
    file_hash: str
    valid: bool


class Reopen(msgspec.Struct, frozen=True, tag=True):
    """An objection by a party, or the mediator's decision to edit again."""

    revision: int
    seat: str
    reason: str
    clause: str = ""


class Refuse(msgspec.Struct, frozen=True, tag=True):
    revision: int
    seat: str


Command = Freeze | ConfirmClause | ConsentToSign | OpenSigning | Sign | TakePage | DropPage | Attest | Seal | Accept | Reopen | Refuse


class Frozen(msgspec.Struct, frozen=True, tag=True):
    revision: int
    content_hash: str
    file_hash: str
    clauses: tuple[str, ...]
    way: Way = Way.ELECTRONIC
    pages: int = 0


class ClauseConfirmed(msgspec.Struct, frozen=True, tag=True):
    seat: str
    clause: str


class Consented(msgspec.Struct, frozen=True, tag=True):
    seat: str


class SigningOpened(msgspec.Struct, frozen=True, tag=True):
    revision: int


class PaperOpened(msgspec.Struct, frozen=True, tag=True):
    """Confirmed by everybody; it is printed, signed by hand, and comes back."""

    revision: int


class PageTaken(msgspec.Struct, frozen=True, tag=True):
    page: int
    leaf: str
    photo: str
    source: str


class PageDropped(msgspec.Struct, frozen=True, tag=True):
    page: int
    leaf: str


class Attested(msgspec.Struct, frozen=True, tag=True):
    seat: str
    leaves: tuple[str, ...]
    base_hash: str
    file_hash: str


class Signed(msgspec.Struct, frozen=True, tag=True):
    seat: str
    role: str
    base_hash: str
    file_hash: str


class SealingOpened(msgspec.Struct, frozen=True, tag=True):
    revision: int


class Sealed(msgspec.Struct, frozen=True, tag=True):
    base_hash: str
    file_hash: str


class Effective(msgspec.Struct, frozen=True, tag=True):
    revision: int
    content_hash: str
    file_hash: str


class Voided(msgspec.Struct, frozen=True, tag=True):
    """Confirmations and signatures of `revision` are void."""

    revision: int
    seat: str
    reason: str
    clause: str = ""


class Ended(msgspec.Struct, frozen=True, tag=True):
    """Refused: nobody is at fault, nothing else follows."""

    seat: str


Event = (
    Frozen
    | ClauseConfirmed
    | Consented
    | SigningOpened
    | PaperOpened
    | PageTaken
    | PageDropped
    | Attested
    | Signed
    | SealingOpened
    | Sealed
    | Effective
    | Voided
    | Ended
)
