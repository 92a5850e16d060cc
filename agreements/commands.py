"""What people ask of an agreement. Each is a wire message (tag `t`) and carries the case it is about."""

from __future__ import annotations

import msgspec


class _Base(msgspec.Struct, tag_field="t", forbid_unknown_fields=True):
    case: str


class FreezeDraft(_Base, tag="freeze"):
    """The text is final: it gets its hash, is printed and certified; the session moves to confirmation."""


class ConfirmClause(_Base, tag="confirm_clause"):
    """One party agrees to one clause of exactly the text with this hash."""

    clause: str
    hash: str


class ObjectTo(_Base, tag="object"):
    """Back to drafting: every confirmation and signature is void."""

    reason: str
    clause: str = ""


class SignAgreement(_Base, tag="sign"):
    """`strokes` is the handwriting pad's JSON: {width, height, strokes: [[[x, y, ms], …], …]}. `name` is typed as a check."""

    hash: str
    strokes: str
    name: str


class SealAgreement(_Base, tag="seal"):
    hash: str


class RefuseToSign(_Base, tag="refuse_to_sign"):
    """Ends the signing without any penalty (人民调解法 17, 26)."""


class MakeRemark(_Base, tag="remark"):
    """Say something about a clause of the draft, or propose `wording` for its words `quote`. `quote` lies in one paragraph; without it the remark is about
    the whole clause."""

    clause: str
    text: str = ""
    quote: str = ""
    wording: str = ""


class SettleRemark(_Base, tag="settle_remark"):
    """`accept`: its wording takes the place of the quoted words; else it is done with, or taken back by whoever made it."""

    remark: int
    accept: bool = False


RemarkCommand = MakeRemark | SettleRemark
AgreementCommand = FreezeDraft | ConfirmClause | ObjectTo | SignAgreement | SealAgreement | RefuseToSign
