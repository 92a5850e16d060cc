"""The paper file of a case (卷宗): its thirteen items in their order, what each is made from, and whether it is there. Pure.

Rules
* Order and names are those of the ministry's forms for people's mediation; five items and the back cover are required (必须), the others as the case needs them.
* An item is present, missing, or not applicable, always with a reason. What a case has not come to yet is missing; what it will never come to is not applicable.
* Paper that lies in the file and not in the system is told by a note (`enclosable`), and the item is present by it. Of the agreement that is believed only where the
  case was agreed and its text is not kept here: an agreement of this system takes effect here or not at all.
* A case is closed with a required item missing only for a reason, which the file then shows (`demand_complete`).
* Offers, drafts and anything of a private talk are no item, and `FilingFacts` has no room for them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cases.errors import Invalid
from cases.vocabulary import CaseStage


class Doc(StrEnum):
    """The items. Their order here is their order in the file."""

    APPLICATION = "application"
    RIGHTS = "rights"
    IDENTITY = "identity"
    AUTHORITY = "authority"
    INVESTIGATION = "investigation"
    EVIDENCE = "evidence"
    RECORD = "record"
    AGREEMENT = "agreement"
    RECEIPTS = "receipts"
    VISITS = "visits"
    CONFIRMATION = "confirmation"
    STATEMENT = "statement"
    BACK = "back"


NAMES: dict[Doc, str] = {
    Doc.APPLICATION: "人民调解申请书或人民调解受理登记表",
    Doc.RIGHTS: "人民调解当事人权利义务告知书",
    Doc.IDENTITY: "当事人身份证明",
    Doc.AUTHORITY: "授权委托书",
    Doc.INVESTIGATION: "人民调解调查记录",
    Doc.EVIDENCE: "人民调解证据材料",
    Doc.RECORD: "人民调解记录",
    Doc.AGREEMENT: "人民调解协议书（或口头协议登记表）",
    Doc.RECEIPTS: "收条或汇款单等履行凭证",
    Doc.VISITS: "人民调解回访记录",
    Doc.CONFIRMATION: "司法确认有关材料",
    Doc.STATEMENT: "卷宗情况说明",
    Doc.BACK: "封底",
}
NUMBERS: dict[Doc, int] = {doc: number for number, doc in enumerate(Doc, 1)}
REQUIRED = frozenset({Doc.APPLICATION, Doc.RIGHTS, Doc.IDENTITY, Doc.RECORD, Doc.AGREEMENT, Doc.BACK})
ELSEWHERE = "elsewhere"
"""How the agreement was made, where it is not kept here."""


def enclosable(agreement: str) -> frozenset[Doc]:
    """Whose paper may lie in the file and not here; `agreement` as in `FilingFacts`."""
    made_here = {Doc.STATEMENT, Doc.BACK}
    return frozenset(Doc) - (made_here if agreement == ELSEWHERE else made_here | {Doc.AGREEMENT})


class State(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    NONE = "none"  # not applicable


class Made(StrEnum):
    """From what an item is made."""

    FORM = "form"  # filled in from the case and printed
    RECORD = "record"  # from what was noted in the session
    SIGNED = "signed"  # the file that people signed
    SCAN = "scan"  # paper that was signed, and photographed
    MATERIAL = "material"  # photographs
    PAPER = "paper"  # lies in the file as paper alone


class Reason(StrEnum):
    """Why an item stands as it does; `REASONS` has the words that are printed, the pages' catalogues those that are shown."""

    REPORTED = "reported"
    REGISTERED = "registered"
    REFERRED = "referred"
    CONFIRMED = "confirmed"
    NOT_BEGUN = "not_begun"
    NEVER_BEGUN = "never_begun"
    NO_MEDIATION = "no_mediation"
    NOT_HELD = "not_held"
    NOT_CONFIRMED = "not_confirmed"
    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    NOBODY_ACTS = "nobody_acts"
    NO_AGENT = "no_agent"
    ACTS = "acts"
    WRITTEN = "written"
    NOT_WRITTEN = "not_written"
    PHOTOGRAPHS = "photographs"
    TAKEN = "taken"
    NO_PHOTOGRAPHS = "no_photographs"
    RECORD_CLOSED = "record_closed"
    RECORD_OPEN = "record_open"
    NO_RECORD = "no_record"
    RECORD_EMPTY = "record_empty"
    SIGNED = "signed"
    SIGNED_ON_PAPER = "signed_on_paper"
    SPOKEN = "spoken"
    NOT_YET = "not_yet"
    NO_AGREEMENT = "no_agreement"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    ELSEWHERE = "elsewhere"
    PERFORMED = "performed"
    NOT_PERFORMED = "not_performed"
    NOTHING_OWED = "nothing_owed"
    VISITED = "visited"
    NOT_VISITED = "not_visited"
    SOUGHT = "sought"
    NOT_SOUGHT = "not_sought"
    MADE = "made"
    AT_CLOSE = "at_close"
    ENCLOSED = "enclosed"


REASONS: dict[Reason, str] = {
    Reason.REPORTED: "当事人提出申请，由系统按申请内容填写，待申请人签名",
    Reason.REGISTERED: "工作人员登记受理，由系统按登记内容填写，待签名盖章",
    Reason.REFERRED: "由其他单位转来，登记受理，由系统按来件填写，待签名盖章",
    Reason.CONFIRMED: "各方已在线确认知晓",
    Reason.NOT_BEGUN: "调解尚未开始",
    Reason.NEVER_BEGUN: "申请撤回时调解尚未开始",
    Reason.NO_MEDIATION: "民生事项，由承办人办理答复，没有进行调解",
    Reason.NOT_HELD: "调解没有在本系统内进行",
    Reason.NOT_CONFIRMED: "有当事人没有在线确认",
    Reason.VERIFIED: "各方身份已经核验",
    Reason.NOT_VERIFIED: "有当事人没有在线核验身份",
    Reason.NOBODY_ACTS: "各方本人参加，无代理人",
    Reason.NO_AGENT: "没有登记代理人",
    Reason.ACTS: "有代理人参加，授权委托书或者监护关系证明的原件尚未入卷",
    Reason.WRITTEN: "已填写",
    Reason.NOT_WRITTEN: "本案未作调查记录",
    Reason.PHOTOGRAPHS: "当事人提交的照片",
    Reason.TAKEN: "登记时拍摄、收到的照片",
    Reason.NO_PHOTOGRAPHS: "没有提交证据材料",
    Reason.RECORD_CLOSED: "笔录已经定稿",
    Reason.RECORD_OPEN: "笔录尚未定稿",
    Reason.NO_RECORD: "没有笔录",
    Reason.RECORD_EMPTY: "调解已经开始，笔录尚无内容",
    Reason.SIGNED: "各方已电子签名，协议生效",
    Reason.SIGNED_ON_PAPER: "各方已在纸质协议上签名捺印，协议生效",
    Reason.SPOKEN: "达成口头协议，以口头协议登记表入卷",
    Reason.NOT_YET: "尚未达成协议",
    Reason.NO_AGREEMENT: "调解未达成协议",
    Reason.WITHDRAWN: "申请已经撤回",
    Reason.DECLINED: "没有受理",
    Reason.ELSEWHERE: "协议不在本系统内",
    Reason.PERFORMED: "已登记并经确认的履行情况",
    Reason.NOT_PERFORMED: "尚无经确认的履行情况",
    Reason.NOTHING_OWED: "协议没有登记需要履行的事项",
    Reason.VISITED: "已经回访",
    Reason.NOT_VISITED: "尚未回访",
    Reason.SOUGHT: "已整理司法确认申请材料",
    Reason.NOT_SOUGHT: "没有申请司法确认",
    Reason.MADE: "由系统生成",
    Reason.AT_CLOSE: "调解有了结果以后由系统生成",
    Reason.ENCLOSED: "纸质原件入卷",
}


class Remedy(StrEnum):
    """What to do where an item is missing. Empty: nothing."""

    NONE = ""
    BEGIN = "begin"  # open the session
    CONFIRM = "confirm"  # have the notice confirmed, or signed on paper
    VERIFY = "verify"  # compare the cards, or enclose copies
    ENCLOSE = "enclose"  # have it signed on paper, and note where it lies
    CLOSE_RECORD = "close_record"
    AGREE = "agree"
    RECEIPT = "receipt"  # note what was performed
    VISIT = "visit"  # note a follow-up


class FilingFacts(msgspec.Struct, frozen=True):
    """What the rule needs to know of a case and its session. `entered`: by staff, who registered what was found or told them; `referred`: by another system. `parties`
    are those of the case, with a seat or without. `agreement`: empty, `electronic`, `paper`, `oral`, or `ELSEWHERE` where a case was agreed and its text is not
    kept here. `stated`: something was written into the statement on the file. `matter`: one of livelihood, for which nobody has met. `enclosed`: items whose paper lies in the file."""

    stage: CaseStage
    entered: bool = False
    referred: bool = False
    begun: bool = False
    parties: int = 0
    verified: int = 0
    notified: int = 0
    acting: int = 0
    photos: int = 0
    lines: int = 0
    record_closed: bool = False
    agreement: str = ""
    obligations: int = 0
    receipts: int = 0
    visits: int = 0
    sought: bool = False
    investigated: bool = False
    stated: bool = False
    enclosed: frozenset[Doc] = frozenset()
    matter: bool = False


class Item(msgspec.Struct, frozen=True):
    """`opens`: whether there is something to print: where nothing is in the file yet, the form to be filled in by hand."""

    n: int
    doc: Doc
    required: bool
    state: State
    reason: Reason
    made: Made
    remedy: Remedy = Remedy.NONE
    opens: bool = True

    @property
    def lacking(self) -> bool:
        return self.required and self.state is State.MISSING


AGREED = {"electronic": (Reason.SIGNED, Made.SIGNED), "paper": (Reason.SIGNED_ON_PAPER, Made.SCAN), "oral": (Reason.SPOKEN, Made.FORM)}
_OPEN = frozenset({CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING})
ENDED_BEFORE = {CaseStage.WITHDRAWN: Reason.WITHDRAWN, CaseStage.DECLINED: Reason.DECLINED}
"""Cases that ended without anybody having come to an end with them."""


def items_of(facts: FilingFacts) -> list[Item]:
    """The thirteen, in order."""
    return [_item(doc, facts) for doc in Doc]


def lacking(items: list[Item]) -> list[Item]:
    """The required ones that are missing."""
    return [one for one in items if one.lacking]


def demand_complete(items: list[Item], reason: str) -> None:
    """Before a case is closed: what is missing and required is named, and a reason given. Raises `Invalid`."""
    missing = lacking(items)
    if missing and not reason.strip():
        raise Invalid(
            "file_incomplete",
            "Something that the paper file requires is missing: say why the case is closed all the same",
            field="reason",
            missing=[str(one.doc) for one in missing],
        )


def _item(doc: Doc, facts: FilingFacts) -> Item:
    state, reason, made, remedy, opens = _judged(doc, facts)
    if doc in facts.enclosed & enclosable(facts.agreement) and state is not State.PRESENT:
        state, reason, made, remedy, opens = State.PRESENT, Reason.ENCLOSED, Made.PAPER, Remedy.NONE, True
    return Item(NUMBERS[doc], doc, doc in REQUIRED, state, reason, made, remedy, opens)


Judged = tuple[State, Reason, Made, Remedy, bool]


def _judged(doc: Doc, facts: FilingFacts) -> Judged:
    match doc:
        case Doc.APPLICATION:
            return _there(Reason.REFERRED if facts.referred else Reason.REGISTERED if facts.entered else Reason.REPORTED, Made.FORM)
        case Doc.RIGHTS:
            return _told(facts, facts.notified, Reason.CONFIRMED, Reason.NOT_CONFIRMED, Remedy.CONFIRM)
        case Doc.IDENTITY:
            return _told(facts, facts.verified, Reason.VERIFIED, Reason.NOT_VERIFIED, Remedy.VERIFY)
        case Doc.AUTHORITY:
            return _authorised(facts)
        case Doc.INVESTIGATION:
            return _there(Reason.WRITTEN, Made.FORM) if facts.investigated else _none(Reason.NOT_WRITTEN, Made.FORM, True)
        case Doc.EVIDENCE:
            handed_in = Reason.TAKEN if facts.entered or facts.referred else Reason.PHOTOGRAPHS
            return _there(handed_in, Made.MATERIAL) if facts.photos else _none(Reason.NO_PHOTOGRAPHS, Made.MATERIAL)
        case Doc.RECORD:
            return _recorded(facts)
        case Doc.AGREEMENT:
            return _agreed(facts)
        case Doc.RECEIPTS | Doc.VISITS | Doc.CONFIRMATION:
            return _afterwards(doc, facts)
        case Doc.STATEMENT:
            return _stated(facts)
        case Doc.BACK:
            return _there(Reason.MADE, Made.FORM)


def _there(reason: Reason, made: Made) -> Judged:
    return State.PRESENT, reason, made, Remedy.NONE, True


def _lacks(reason: Reason, made: Made, remedy: Remedy, opens: bool = False) -> Judged:
    return State.MISSING, reason, made, remedy, opens


def _none(reason: Reason, made: Made, opens: bool = False) -> Judged:
    return State.NONE, reason, made, Remedy.NONE, opens


def _told(facts: FilingFacts, done: int, yes: Reason, no: Reason, remedy: Remedy) -> Judged:
    """Of something that each party did in the session."""
    if not facts.begun:
        if facts.matter or facts.stage in ENDED_BEFORE:
            return _none(_never_begun(facts), Made.FORM)
        open_yet = facts.stage in _OPEN
        return _lacks(Reason.NOT_BEGUN if open_yet else Reason.NOT_HELD, Made.FORM, Remedy.BEGIN if open_yet else Remedy.ENCLOSE, True)
    if facts.parties and done >= facts.parties:
        return _there(yes, Made.FORM)
    return _lacks(no, Made.FORM, remedy if facts.stage in _OPEN else _by_paper(facts), True)


def _by_paper(facts: FilingFacts) -> Remedy:
    """Once the mediation is over nothing else helps; what was withdrawn or not taken up owes the file nothing."""
    return Remedy.NONE if facts.stage in ENDED_BEFORE else Remedy.ENCLOSE


def _never_begun(facts: FilingFacts) -> Reason:
    if facts.stage not in ENDED_BEFORE:
        return Reason.NO_MEDIATION
    return Reason.NEVER_BEGUN if facts.stage is CaseStage.WITHDRAWN else Reason.DECLINED


def _authorised(facts: FilingFacts) -> Judged:
    """That everybody came in person is told once everybody has been seen."""
    if facts.acting:
        return _lacks(Reason.ACTS, Made.FORM, Remedy.ENCLOSE if facts.stage in _OPEN else _by_paper(facts), True)
    return _none(Reason.NOBODY_ACTS if facts.begun and facts.verified >= facts.parties > 0 else Reason.NO_AGENT, Made.FORM)


def _stated(facts: FilingFacts) -> Judged:
    """It tells how the mediation ended: before that there is the form alone, or what was written into it."""
    if facts.stage not in _OPEN:
        return _there(Reason.MADE, Made.FORM)
    return _there(Reason.WRITTEN, Made.FORM) if facts.stated else _lacks(Reason.AT_CLOSE, Made.FORM, Remedy.NONE, True)


def _recorded(facts: FilingFacts) -> Judged:
    if facts.lines:
        return (
            _there(Reason.RECORD_CLOSED, Made.RECORD)
            if facts.record_closed
            else _lacks(Reason.RECORD_OPEN, Made.RECORD, Remedy.CLOSE_RECORD, True)
        )
    if (facts.matter or facts.stage in ENDED_BEFORE) and not facts.begun:
        return _none(_never_begun(facts), Made.RECORD)
    if facts.stage in _OPEN:
        return _lacks(Reason.RECORD_EMPTY if facts.begun else Reason.NOT_BEGUN, Made.RECORD, Remedy.BEGIN)
    return _lacks(Reason.NO_RECORD if facts.begun else Reason.NOT_HELD, Made.RECORD, _by_paper(facts))


def _agreed(facts: FilingFacts) -> Judged:
    if facts.agreement in AGREED:
        return _there(*AGREED[facts.agreement])
    if facts.agreement:
        return _lacks(Reason.ELSEWHERE, Made.SIGNED, Remedy.ENCLOSE)
    if facts.matter or facts.stage in ENDED_BEFORE:
        return _none(ENDED_BEFORE.get(facts.stage, Reason.NO_MEDIATION), Made.SIGNED)
    if facts.stage in _OPEN:
        return _lacks(Reason.NOT_YET, Made.SIGNED, Remedy.AGREE)
    return _none(Reason.NO_AGREEMENT, Made.SIGNED)


def _afterwards(doc: Doc, facts: FilingFacts) -> Judged:
    """What follows an agreement, as far as there is one."""
    made = Made.MATERIAL if doc is Doc.RECEIPTS else Made.FORM
    if facts.matter and facts.stage not in ENDED_BEFORE:
        return _none(Reason.NO_MEDIATION, made)
    if not facts.agreement:
        ended = ENDED_BEFORE.get(facts.stage, Reason.NO_AGREEMENT)
        return _none(Reason.NOT_YET if facts.stage in _OPEN else ended, made)
    if doc is Doc.RECEIPTS:
        if facts.receipts:
            return _there(Reason.PERFORMED, made)
        return (
            _lacks(Reason.NOT_PERFORMED, made, _followed(facts, Remedy.RECEIPT)) if facts.obligations else _none(Reason.NOTHING_OWED, made)
        )
    if doc is Doc.VISITS:
        return _there(Reason.VISITED, made) if facts.visits else _lacks(Reason.NOT_VISITED, made, _followed(facts, Remedy.VISIT), True)
    return _there(Reason.SOUGHT, made) if facts.sought else _none(Reason.NOT_SOUGHT, made)


def _followed(facts: FilingFacts, remedy: Remedy) -> Remedy:
    """A closed case is followed no longer."""
    return Remedy.ENCLOSE if facts.stage is CaseStage.CLOSED else remedy
