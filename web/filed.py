"""What the paper file (卷宗) has of a case: the facts that its rule judges by, and those that are printed. No I/O: what was read comes as arguments.

Identity numbers are masked (`mask_id`); telephone and address are printed whole, since the forms ask for them: whoever opens one is entered in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from agreements.file_facts import FiledItem, FiledPerson, FiledReceipt, FiledVisit, FileFacts, Proof
from agreements.layout import chinese_date
from cases.acting import Authority, Capacity
from cases.case import Case, Person, Step
from cases.clock import COUNTY_TIME
from cases.filing import NAMES, REASONS, Doc, FilingFacts, Item, State, items_of
from cases.identity import mask_id, sex_and_age
from cases.obligation import OPEN, Performance
from cases.obligation import State as Performed
from cases.vocabulary import CaseStage, DisputeKind, MatterOutcome, SessionStage
from realtime.handout_document import agreement_kept
from rooms.room import ORDER, Room, Seat
from storage.dossier import Dossier

CAPACITIES = {"applicant": "申请人", "respondent": "被申请人"}
STATES = {State.PRESENT: "在卷", State.MISSING: "缺", State.NONE: "不适用"}
POWERS = {Authority.SPECIAL: "特别授权", Authority.GENERAL: "一般授权"}
HOW = {"telephone": "电话回访", "visit": "上门回访", "video": "视频回访"}
SHOWN = {Capacity.GUARDIAN: "，并查看监护关系证明", Capacity.AGENT: "，并查看授权委托书"}

SINCE = {Performed.DONE: "后已履行", Performed.WAIVED: "后由对方放弃"}
OUTCOMES = {
    MatterOutcome.DONE: "办理答复：已办成",
    MatterOutcome.EXPLAINED: "办理答复：已解释说明",
    MatterOutcome.ELSEWHERE: "办理答复：已告知承办部门",
}

Entry = tuple[str, str, Mapping[str, Any]]
"""(kind, RFC 3339, payload) of an entry of the case's main chain."""


def filing_facts(dossier: Dossier) -> FilingFacts:
    case, room, state = dossier.case, dossier.room, dossier.case.performance or Performance()
    seats = room.parties() if room is not None else []
    # Nobody passes from the notice to the statements whose card was not compared; a device that is changed later sets the mark back.
    passed = room is not None and (
        ORDER.index(room.stage) >= ORDER.index(SessionStage.STATEMENTS) or SessionStage.STATEMENTS in room.visited
    )
    return FilingFacts(
        stage=case.stage,
        entered=not applied(case),
        referred=case.referred is not None,
        begun=room is not None,
        parties=len(seats) + sum(person.id not in {seat.party for seat in seats} for person in case.parties),
        verified=sum(seat.verified or (passed and seat.notice) for seat in seats),
        notified=sum(seat.notice for seat in seats),
        acting=sum(seat.acts is not None for seat in seats),
        photos=len(case.photos),
        lines=len(room.record.standing()) if room is not None else 0,
        record_closed=room is not None and room.record.closed_at is not None,
        agreement=agreement_kept(dossier),
        obligations=len(state.obligations),
        receipts=sum(receipt.stands and receipt.confirmed is not None for one in state.obligations for receipt in one.receipts),
        visits=sum(bool(visit.outcome) for visit in state.planned()),
        sought=case.confirmation_sought is not None,
        investigated="investigation" in case.forms and bool(case.forms["investigation"].fields.get("notes")),
        stated=any(case.forms[name].fields for name in ("statement", "closing") if name in case.forms),
        matter=case.kind is DisputeKind.MATTER
        and room is None
        and not any(step.stage in {CaseStage.AGREED, CaseStage.FAILED} for step in case.history),
        enclosed=frozenset(Doc(doc) for doc in enclosed_of(case)),
    )


def _noteworthy(case: Case) -> list[str]:
    """What a livelihood matter was answered with; what was found not to be done as agreed, and what is owed still when the case is closed."""
    told = []
    if case.answered is not None:
        told.append(f"{chinese_date(case.answered.at.astimezone(COUNTY_TIME).date())}由{case.answered.by}答复：{case.answered.words}")
    for one in (case.performance or Performance()).obligations:
        what = f"“{one.what}”（{_day(one.due)}前）" if one.due else f"“{one.what}”"
        still = "结案时尚未履行完毕" if case.stage is CaseStage.CLOSED and one.state in OPEN else SINCE.get(one.state, "")
        if one.breach is not None:
            found = f"{chinese_date(one.breach.at.astimezone(COUNTY_TIME).date())}由{one.breach.by}认定未按协议履行：{one.breach.reason}"
            told.append(f"{what}{found}{'，' if still else ''}{still}。")
        elif one.state in OPEN and still:
            told.append(f"{what}{still}。")
    return told


def _result(case: Case, over: Step | None) -> str:
    if over is not None:
        return {CaseStage.AGREED: "达成协议", CaseStage.FAILED: "未达成协议"}[over.stage]
    return OUTCOMES[case.answered.outcome] if case.answered else ""


def applied(case: Case) -> bool:
    """Whether somebody concerned has applied, and not staff or another system entered what was found or told."""
    return not case.entered_by


def enclosed_of(case: Case) -> dict[str, str]:
    return case.forms["enclosed"].fields if "enclosed" in case.forms else {}


def _told(case: Case) -> str:
    """Of a report that was told by voice and that nobody has put into words yet."""
    if case.spoken is None:
        return ""
    return f"当事人口述，录音 {case.spoken.ms // 60_000} 分 {case.spoken.ms // 1000 % 60} 秒存于系统（SHA-256 {case.spoken.sha256[:16]}…），尚未整理成文字。"


def file_facts(dossier: Dossier, ledger: Iterable[Entry], written: Mapping[str, str]) -> FileFacts:
    """`written`: field → value of the agreement's text: what people signed goes before what the office had noted."""
    case, room, entries = dossier.case, dossier.room, list(ledger)
    on = county(case.reported_at)
    assert on is not None
    over = next((step for step in case.history if step.stage in {CaseStage.AGREED, CaseStage.FAILED}), None)
    closed = next((step for step in case.history if step.stage is CaseStage.CLOSED), None)
    agreement = dossier.agreement
    oral = room.oral.file if room is not None and room.oral is not None else ""
    sealed = agreement.ceremony.file_hash if agreement is not None and agreement.stage == "effective" and agreement.ceremony else ""
    return FileFacts(
        number=case.number or case.code,
        committee=case.mediator.org_name if case.mediator else "",
        mediator=case.mediator.name if case.mediator else "",
        mediators=_mediators(case),
        title=case.title,
        dispute_type=case.dispute_type,
        facts=case.facts or _told(case),
        place=case.place,
        applied=applied(case),
        source=case.source,
        reported_on=on,
        mediated_from=county(room.opened_at) if room is not None else None,
        mediated_to=county(over.at) if over is not None else None,
        closed_on=_done_on(case) or (county(closed.at) if closed is not None else None),
        result=_result(case, over),
        agreement_hash=oral or sealed,
        people=_people(case, room, written, on),
        proofs=_proofs(case, room, entries, "identity.verified"),
        notices=_proofs(case, room, entries, "notice.confirmed"),
        receipts=_receipts(case),
        visits=[
            FiledVisit(_day(one.on), HOW.get(one.how, one.how), one.by, one.outcome, one.satisfied)
            for one in (case.performance or Performance()).planned()
            if one.outcome
        ],
        items=[filed_item(item, case) for item in items_of(filing_facts(dossier))],
        signed=bool(sealed) and not oral,
        archived_on=county(case.archived.at) if case.archived else None,
        archived_by=case.archived.by if case.archived else "",
        closed_reason=closed.note if closed is not None else "",
        noteworthy=_noteworthy(case),
        filled={form: dict(one.fields) for form, one in case.forms.items()},
    )


def _mediators(case: Case) -> str:
    """王调解员（主办）、陈调解员（柳林镇人民调解委员会，协办）; the name alone where nobody has assisted. Who left or was released did assist."""
    lead = case.mediator.name if case.mediator else ""
    assisting = [f"{share.name}（{share.org_name}，协办）" for share in case.joint if share.account]
    return "、".join([f"{lead}（主办）", *assisting]) if assisting else lead


def filed_item(item: Item, case: Case) -> FiledItem:
    note = enclosed_of(case).get(str(item.doc), "")
    return FiledItem(item.n, NAMES[item.doc], item.required, STATES[item.state], REASONS[item.reason], note)


def county(moment: datetime | None) -> date | None:
    return moment.astimezone(COUNTY_TIME).date() if moment is not None else None


def _day(text: str) -> str:
    return chinese_date(date.fromisoformat(text))


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(COUNTY_TIME)
    return f"{chinese_date(moment.date())} {moment:%H:%M}"


def _people(case: Case, room: Room | None, written: Mapping[str, str], on: date) -> list[FiledPerson]:
    seats = {seat.party: seat for seat in room.parties()} if room is not None else {}
    # As in the text: parties are counted in the case's order, those alone who sit in the session.
    places = {person.id: number for number, person in enumerate((one for one in case.parties if one.id in seats), 1)}
    return [_person(case, person, seats.get(person.id), places.get(person.id, 0), written, on) for person in case.parties]


def _person(case: Case, person: Person, seat: Seat | None, place: int, written: Mapping[str, str], on: date) -> FiledPerson:
    filled = case.forms["people"].fields if "people" in case.forms else {}
    number = written.get(f"party.{place}.id") or person.id_number
    sex, age = sex_and_age(number, on)
    acts = seat.acts if seat is not None else None
    return FiledPerson(
        key=person.id,
        name=person.name,
        capacity=CAPACITIES.get(person.capacity, "当事人"),
        sex=filled.get(f"{person.id}.sex") or sex,
        nation=filled.get(f"{person.id}.nation", ""),
        age=filled.get(f"{person.id}.age") or age,
        work=filled.get(f"{person.id}.work", ""),
        unit=filled.get(f"{person.id}.unit", ""),
        phone=person.phone,
        address=written.get(f"party.{place}.address") or person.address,
        id_number=mask_id(number) if number else "",
        acting=acts.represented_by if acts else "",
        power=POWERS[acts.authority] if acts and acts.authority else "",
    )


def _proofs(case: Case, room: Room | None, entries: list[Entry], kind: str) -> list[Proof]:
    """The last one of each seat that a party has."""
    seats = {seat.id: seat for seat in room.parties()} if room is not None else {}
    names = {person.id: person.name for person in case.parties}
    found: dict[str, Proof] = {}
    for what, at, payload in entries:
        seat = seats.get(str(payload.get("seat", ""))) if what == kind else None
        if seat is not None:
            who = f"{seat.acts.represented_by}（代{names[seat.party]}）" if seat.acts else names[seat.party]
            found[seat.id] = Proof(seat.party, who, _how(kind, payload, seat), _moment(at))
    return list(found.values())


def _how(kind: str, payload: Mapping[str, Any], seat: Seat) -> str:
    if kind == "notice.confirmed":
        return "在线阅读并确认知晓以上权利义务"
    if payload.get("method") == "provider":
        reference = str(payload.get("reference", ""))
        return f"实人核验服务核验通过（{payload.get('provider', '')}{f'，{reference}' if reference else ''}）"
    return f"调解员在视频中将身份证件与本人比对一致{SHOWN[seat.acts.capacity] if seat.acts else ''}"


def _receipts(case: Case) -> list[FiledReceipt]:
    names = {person.id: person.name for person in case.parties}
    return [
        FiledReceipt(
            _day(receipt.on),
            one.what,
            names.get(one.debtor, ""),
            names.get(one.creditor, ""),
            receipt.amount,
            receipt.note,
            f"{receipt.confirmed.by}确认",
        )
        for one in (case.performance or Performance()).obligations
        for receipt in one.receipts
        if receipt.stands and receipt.confirmed is not None
    ]


def _done_on(case: Case) -> date | None:
    """When the last of what was owed was performed; None while something is owed, or nothing ever was."""
    obligations = (case.performance or Performance()).obligations
    if not obligations or any(one.state not in {Performed.DONE, Performed.WAIVED} for one in obligations):
        return None
    days = [receipt.on for one in obligations for receipt in one.receipts if receipt.stands and receipt.confirmed is not None]
    return date.fromisoformat(max(days)) if days else None
