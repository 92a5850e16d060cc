"""What people ask of an agreement. Each is a wire message (tag `t`) and carries the case it is about."""

from __future__ import annotations

import msgspec

from agreements.acts import Way

INTENT = "我已看清协议全文，自愿签署，签署后愿意按协议履行。"
"""What a signer declares; the chain has it beside the signature."""


class _Base(msgspec.Struct, tag_field="t", forbid_unknown_fields=True):
    case: str


class FreezeDraft(_Base, tag="freeze"):
    """The text is final: it gets its hash, is printed and certified; the session moves to confirmation. `way`: signed electronically, or on `paper` with
    handwriting and fingerprint, which is the only way in matters of personal status (电子签名法 3)."""

    way: Way = Way.ELECTRONIC


class ConfirmClause(_Base, tag="confirm_clause"):
    """One party agrees to one clause of exactly the text with this hash."""

    clause: str
    hash: str


class ObjectTo(_Base, tag="object"):
    """Back to drafting: every confirmation and signature is void."""

    reason: str
    clause: str = ""


class SignAgreement(_Base, tag="sign"):
    """`strokes` is the handwriting pad's JSON: {width, height, strokes: [[[x, y, ms], …], …]}. `name` is typed as a check. `intent`: the signer has ticked
    the sentence `INTENT`, without which handwriting is no expression of will (民法典 143)."""

    hash: str
    strokes: str
    name: str
    intent: bool = False


class BeginSigning(_Base, tag="begin_signing"):
    """A signature by a key that stays on the signer's device. First: what has to be signed to get a certificate for it. `key`: its public half, P-256, as
    SubjectPublicKeyInfo in DER."""

    hash: str
    key: bytes
    name: str
    intent: bool = False


class PrepareSignature(_Base, tag="prepare_signature"):
    """Second: a file with room for the signature. `proof`: the key's signature over what `BeginSigning` told, r and s in 32 bytes each. The rest as in
    `SignAgreement`."""

    hash: str
    key: bytes
    proof: bytes
    strokes: str
    name: str
    intent: bool = False


class CompleteSignature(_Base, tag="complete_signature"):
    """Third: the key's signature over the attributes that were told under this `ticket`."""

    ticket: str
    signature: bytes


class AskCode(_Base, tag="ask_code"):
    """A one-time code for the signer's own signature of the text with this hash (`one_time_code`). `desk`: told on the mediator's screen, although codes go by SMS
    here."""

    hash: str
    desk: bool = False


class AnswerCode(_Base, tag="answer_code"):
    """The six digits that were told. White space is ignored."""

    hash: str
    code: str


class SealAgreement(_Base, tag="seal"):
    hash: str


class DropPage(_Base, tag="drop_page"):
    """Take a page out that came back on paper. `leaf` names its picture by SHA-256, so that one which was replaced meanwhile is not meant."""

    page: int
    leaf: str


class FilePaper(_Base, tag="file_paper"):
    """Every page is back: the agreement takes effect on paper. `leaves` are the pictures that were looked at, in the order of the pages. `stated`: the mediator
    has ticked that everybody signed before them, and that the pages are those that were signed."""

    hash: str
    leaves: list[str]
    stated: bool = False


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


class AnswerRemark(_Base, tag="answer_remark"):
    """Say something to a remark that nobody has settled."""

    remark: int
    text: str


class ReopenRemark(_Base, tag="reopen_remark"):
    """By whoever made it, or the mediator: it is not settled after all."""

    remark: int


class OpenPrivateDraft(_Base, tag="open_private_draft"):
    """A draft of the private talk that is on, which nobody outside learns of: the last one of the same people, or `afresh` a copy of everybody's text."""

    afresh: bool = False


class AgreeToBring(_Base, tag="agree_to_bring"):
    """A party inside agrees that what `draft_changes` told under this hash is brought back. An empty one takes the consent back."""

    digest: str


class BringBack(_Base, tag="bring_back"):
    """End the private talk, and propose to everybody what `draft_changes` told under this hash. Every party inside has agreed to it."""

    digest: str


RemarkCommand = MakeRemark | SettleRemark | AnswerRemark | ReopenRemark
PrivateDraftCommand = OpenPrivateDraft | AgreeToBring | BringBack
PaperCommand = DropPage | FilePaper
CodeCommand = AskCode | AnswerCode
SignatureCommand = SignAgreement | BeginSigning | PrepareSignature | CompleteSignature
AgreementCommand = (
    FreezeDraft | ConfirmClause | ObjectTo | AskCode | AnswerCode
    | SignAgreement | BeginSigning | PrepareSignature | CompleteSignature | SealAgreement | RefuseToSign | DropPage | FilePaper
)  # fmt: skip
