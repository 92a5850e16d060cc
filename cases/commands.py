"""What people ask of a case. Each is a wire message (tag `t`) and carries the case it is about."""

from __future__ import annotations

from typing import Literal

import msgspec

from cases.data_request import Ground, Wish
from cases.vocabulary import DispatchMode, DisputeKind, RiskLevel, RiskReason, SessionStage


class Report(msgspec.Struct, tag_field="t", tag="report", forbid_unknown_fields=True):
    """我要反映. Comes over HTTP together with its photographs."""

    title: str
    facts: str
    region: str
    name: str
    phone: str
    kind: DisputeKind = DisputeKind.DISPUTE
    place: str = ""
    id_number: str = ""
    address: str = ""
    other_name: str = ""
    other_phone: str = ""


class Intake(Report, tag="intake", forbid_unknown_fields=True):
    """What staff enters: found on a round (排查), or told at the counter. Comes over HTTP as a report does. Nobody needs to have left a telephone."""

    phone: str = ""
    source: str = ""


class Classify(msgspec.Struct, tag_field="t", tag="classify", forbid_unknown_fields=True):
    case: str
    dispute_type: str
    kind: DisputeKind = DisputeKind.DISPUTE


class Dispatch(msgspec.Struct, tag_field="t", tag="dispatch", forbid_unknown_fields=True):
    """交办 or 转办 to one or several accounts. `names` is filled in by the server with the organisations' names."""

    case: str
    to: list[str]
    mode: DispatchMode = DispatchMode.ASSIGN
    note: str = ""
    names: list[str] = []


class Accept(msgspec.Struct, tag_field="t", tag="accept", forbid_unknown_fields=True):
    case: str


class Refuse(msgspec.Struct, tag_field="t", tag="refuse", forbid_unknown_fields=True):
    """`conflict`: who refuses declares an interest in the case (在线调解规则 13)."""

    case: str
    reason: str
    conflict: bool = False


class GiveBack(msgspec.Struct, tag_field="t", tag="give_back", forbid_unknown_fields=True):
    """An accepted case goes back to the centre before its room was opened: given back by who has it, or taken back by the centre. `conflict` as in `Refuse`."""

    case: str
    reason: str
    conflict: bool = False


class AddParty(msgspec.Struct, tag_field="t", tag="add_party", forbid_unknown_fields=True):
    case: str
    name: str
    capacity: str
    phone: str = ""
    id_number: str = ""
    address: str = ""


class CorrectParty(msgspec.Struct, tag_field="t", tag="correct_party", forbid_unknown_fields=True):
    """What was written wrong of a party, and why it is known to be; what is empty stays as it is."""

    case: str
    party: str
    reason: str
    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""


class Withdraw(msgspec.Struct, tag_field="t", tag="withdraw", forbid_unknown_fields=True):
    case: str


class CloseCase(msgspec.Struct, tag_field="t", tag="close_case", forbid_unknown_fields=True):
    """`reason` is needed while something is still owed by the agreement."""

    case: str
    reason: str = ""


class AskJoint(msgspec.Struct, tag_field="t", tag="ask_joint", forbid_unknown_fields=True):
    """An organisation is asked to join the mediation (联合调解). `to` and `org_name` are filled in by the server: who of it may take the share, and its name."""

    case: str
    org: str
    reason: str
    to: list[str] = []
    org_name: str = ""


class JoinCase(msgspec.Struct, tag_field="t", tag="join_case", forbid_unknown_fields=True):
    """Who was asked joins the mediation, and assists from now on."""

    case: str
    share: str


class DeclineJoint(msgspec.Struct, tag_field="t", tag="decline_joint", forbid_unknown_fields=True):
    """`conflict` as in `Refuse`."""

    case: str
    share: str
    reason: str
    conflict: bool = False


class LeaveJoint(msgspec.Struct, tag_field="t", tag="leave_joint", forbid_unknown_fields=True):
    """Who assists goes, and has no part in the case any more. `conflict` as in `Refuse`."""

    case: str
    reason: str
    conflict: bool = False


class ReleaseJoint(msgspec.Struct, tag_field="t", tag="release_joint", forbid_unknown_fields=True):
    """The centre or the lead lets an assisting organisation go, or takes the request back."""

    case: str
    share: str
    reason: str


class Escalate(msgspec.Struct, tag_field="t", tag="escalate", forbid_unknown_fields=True):
    """The lead brings the case before the centre (上报)."""

    case: str
    reason: str


class AnswerEscalation(msgspec.Struct, tag_field="t", tag="answer_escalation", forbid_unknown_fields=True):
    """By the centre. `instruct`: the lead goes on, by these `words`; `take`: the case goes back to the centre, to be dispatched anew (提级办理), with or without words."""

    case: str
    what: Literal["instruct", "take"]
    words: str = ""


class WithdrawEscalation(msgspec.Struct, tag_field="t", tag="withdraw_escalation", forbid_unknown_fields=True):
    case: str


class PlaceHold(msgspec.Struct, tag_field="t", tag="place_hold", forbid_unknown_fields=True):
    """Nothing of the case may be destroyed until the hold is lifted, whatever the organisation's policy says."""

    case: str
    reason: str


class LiftHold(msgspec.Struct, tag_field="t", tag="lift_hold", forbid_unknown_fields=True):
    case: str
    reason: str


class AskDestruction(msgspec.Struct, tag_field="t", tag="ask_destruction", forbid_unknown_fields=True):
    """The recordings of a closed case are to be destroyed. Nothing goes before the waiting time is over and somebody else has approved it."""

    case: str
    reason: str


class WithdrawDestruction(msgspec.Struct, tag_field="t", tag="withdraw_destruction", forbid_unknown_fields=True):
    """What was asked for is not to be done after all."""

    case: str
    reason: str


class ApproveDestruction(msgspec.Struct, tag_field="t", tag="approve_destruction", forbid_unknown_fields=True):
    """A second person's word after the waiting time: sound and picture go for good, their keys are destroyed. What the chain says of them stays."""

    case: str


class SetObligation(msgspec.Struct, tag_field="t", tag="set_obligation", forbid_unknown_fields=True):
    """Enter what somebody owes, or correct it; `obligation` is empty for a new one. `amount` in yuan with two decimals, `due` a day; both may be empty."""

    case: str
    what: str
    obligation: str = ""
    clause: str = ""
    debtor: str = ""
    creditor: str = ""
    amount: str = ""
    due: str = ""
    manner: str = ""


class DropObligation(msgspec.Struct, tag_field="t", tag="drop_obligation", forbid_unknown_fields=True):
    """Take an obligation out that is none, as long as nothing was received of it."""

    case: str
    obligation: str
    reason: str


class TellReceipt(msgspec.Struct, tag_field="t", tag="tell_receipt", forbid_unknown_fields=True):
    """A party says: I have done it, or I have received it. `on` is the day. Without `amount` all that is still owed is meant; of what has no amount `part` says
    whether it was done in part."""

    case: str
    obligation: str
    on: str
    amount: str = ""
    part: bool = False
    note: str = ""


class AnswerReceipt(msgspec.Struct, tag_field="t", tag="answer_receipt", forbid_unknown_fields=True):
    """The other side's word on a receipt that a party told."""

    case: str
    obligation: str
    receipt: str
    agreed: bool
    note: str = ""


class NoteReceipt(msgspec.Struct, tag_field="t", tag="note_receipt", forbid_unknown_fields=True):
    """The office notes a performance itself: it counts at once. Fields as of `tell_receipt`."""

    case: str
    obligation: str
    on: str
    amount: str = ""
    part: bool = False
    note: str = ""


class ConfirmReceipt(msgspec.Struct, tag_field="t", tag="confirm_receipt", forbid_unknown_fields=True):
    """A party's word is found right, and counts from now on."""

    case: str
    obligation: str
    receipt: str


class TakeBackReceipt(msgspec.Struct, tag_field="t", tag="take_back_receipt", forbid_unknown_fields=True):
    """It was a mistake: it does not count any more, and stays to be seen with the reason."""

    case: str
    obligation: str
    receipt: str
    reason: str


class WaiveObligation(msgspec.Struct, tag_field="t", tag="waive_obligation", forbid_unknown_fields=True):
    """The creditor gives up what is still owed, as the office heard from the creditor; `reason` says how."""

    case: str
    obligation: str
    reason: str


class StateBreach(msgspec.Struct, tag_field="t", tag="state_breach", forbid_unknown_fields=True):
    """The mediator states that it was not performed, and why that is said. With `on` false the statement is withdrawn."""

    case: str
    obligation: str
    reason: str
    on: bool = True


How = Literal["telephone", "visit", "video"]


class PlanVisit(msgspec.Struct, tag_field="t", tag="plan_visit", forbid_unknown_fields=True):
    """A follow-up (回访) on a day."""

    case: str
    on: str
    how: How


class NoteVisit(msgspec.Struct, tag_field="t", tag="note_visit", forbid_unknown_fields=True):
    """What came out of a planned follow-up, on the day it took place."""

    case: str
    visit: str
    on: str
    outcome: str
    satisfied: bool


class AnswerRating(msgspec.Struct, tag_field="t", tag="answer_rating", forbid_unknown_fields=True):
    """What came out of the follow-up that a low rating of `party` has asked for, on the day it took place."""

    case: str
    party: str
    on: str
    outcome: str
    satisfied: bool


class ReleaseWords(msgspec.Struct, tag_field="t", tag="release_words", forbid_unknown_fields=True):
    """The mediator may read what `party` wrote, once the case is closed; not that it was this party."""

    case: str
    party: str


class AskData(msgspec.Struct, tag_field="t", tag="ask_data", forbid_unknown_fields=True):
    """Who reported asks about the personal data in the file: to see, correct, delete or object."""

    case: str
    wish: Wish
    words: str


class AnswerData(msgspec.Struct, tag_field="t", tag="answer_data", forbid_unknown_fields=True):
    """The centre's answer, once. `ground` is needed where it is refused."""

    case: str
    request: str
    granted: bool
    reason: str
    ground: Ground | None = None


class ReportRisk(msgspec.Struct, tag_field="t", tag="report_risk", forbid_unknown_fields=True):
    """To the risk early-warning platform (命案风险预警), or again with another level, reason or sentence. It cannot be called back."""

    case: str
    level: RiskLevel
    reason: RiskReason
    words: str


class WithdrawRisk(msgspec.Struct, tag_field="t", tag="withdraw_risk", forbid_unknown_fields=True):
    """What was reported is no longer a risk. The platform is told so, and keeps what it was told before."""

    case: str
    reason: str


class SendRiskAgain(msgspec.Struct, tag_field="t", tag="send_risk_again", forbid_unknown_fields=True):
    """As a new version that tells the present state: after a refusal, after days in vain, or where the platform has lost it."""

    case: str


class FillForm(msgspec.Struct, tag_field="t", tag="fill_form", forbid_unknown_fields=True):
    """Fields of a form of the paper file, where the case itself has nothing. `revision`: of the form as it was read, 0 where nobody has filled it in yet."""

    case: str
    form: str
    fields: dict[str, str]
    revision: int


class InviteExpert(msgspec.Struct, tag_field="t", tag="invite_expert", forbid_unknown_fields=True):
    """`expert` of the pool to the open session. `stages`: in which, none for all; `files`: photographs that may be looked at; `at`: for when, empty for now."""

    case: str
    expert: str
    brief: str
    minutes: int = 10
    stages: list[SessionStage] = []
    files: list[str] = []
    at: str = ""


class WithdrawExpert(msgspec.Struct, tag_field="t", tag="withdraw_expert", forbid_unknown_fields=True):
    case: str
    invitation: str


class DeclareInterest(msgspec.Struct, tag_field="t", tag="declare_interest", forbid_unknown_fields=True):
    """What an expert answers from the own link, before coming in: no interest in the case, one (`conflict`), or no time."""

    case: str
    answer: Literal["none", "conflict", "decline"]
    reason: str = ""


class ExtendExpert(msgspec.Struct, tag_field="t", tag="extend_expert", forbid_unknown_fields=True):
    """As many minutes again, once, while the expert sits in the room."""

    case: str
    invitation: str


class RateExpert(msgspec.Struct, tag_field="t", tag="rate_expert", forbid_unknown_fields=True):
    """How much the expert's help was worth, 1 to 5, once."""

    case: str
    invitation: str
    score: int


class Proposed(msgspec.Struct, forbid_unknown_fields=True):
    """`start`: 2026-12-03T09:00, by the county's clocks."""

    start: str
    minutes: int


class ProposeTimes(msgspec.Struct, tag_field="t", tag="propose_times", forbid_unknown_fields=True):
    """One to five times for a session. `place`: empty for online; `revision`: of the appointment as it was read, 0 where there is none."""

    case: str
    times: list[Proposed]
    revision: int
    place: str = ""


class AnswerTimes(msgspec.Struct, tag_field="t", tag="answer_times", forbid_unknown_fields=True):
    """A party's word on each of the times."""

    case: str
    fits: list[bool]
    revision: int
    words: str = ""


class NoteTimes(msgspec.Struct, tag_field="t", tag="note_times", forbid_unknown_fields=True):
    """What `party` has said by telephone."""

    case: str
    party: str
    fits: list[bool]
    revision: int
    words: str = ""


class FixTime(msgspec.Struct, tag_field="t", tag="fix_time", forbid_unknown_fields=True):
    """`time`: the number of the proposed one, from 0."""

    case: str
    time: int
    revision: int


class MoveTime(msgspec.Struct, tag_field="t", tag="move_time", forbid_unknown_fields=True):
    case: str
    start: str
    minutes: int
    reason: str
    revision: int
    place: str = ""


class CallOff(msgspec.Struct, tag_field="t", tag="call_off", forbid_unknown_fields=True):
    case: str
    reason: str
    revision: int


class MakePage(msgspec.Struct, tag_field="t", tag="make_page", forbid_unknown_fields=True):
    """A link to a party's own page of the case, before there is a seat for it. One that was made before ends, with what it opened."""

    case: str
    party: str


class ClosePage(msgspec.Struct, tag_field="t", tag="close_page", forbid_unknown_fields=True):
    """The party's link, and what it opened, end."""

    case: str
    party: str


class AskStatement(msgspec.Struct, tag_field="t", tag="ask_statement", forbid_unknown_fields=True):
    """A party cannot come, says why, and wants to give its statement (陈述) from afar."""

    case: str
    why: str


class ProposeStatement(msgspec.Struct, tag_field="t", tag="propose_statement", forbid_unknown_fields=True):
    """The mediator proposes that to a party."""

    case: str
    party: str


class DropStatement(msgspec.Struct, tag_field="t", tag="drop_statement", forbid_unknown_fields=True):
    """The mediator takes back what was asked for or proposed, until a statement was given."""

    case: str
    party: str


class AgreeStatements(msgspec.Struct, tag_field="t", tag="agree_statements", forbid_unknown_fields=True):
    """A party's word on statements from afar, its own or another's; changed until one was shown."""

    case: str
    agreed: bool


class AskIdentity(msgspec.Struct, tag_field="t", tag="ask_identity", forbid_unknown_fields=True):
    """The mediator has the party on the telephone and compares the person with the case: a code to be read out."""

    case: str
    party: str


class AnswerIdentity(msgspec.Struct, tag_field="t", tag="answer_identity", forbid_unknown_fields=True):
    """A party enters that code on its own page."""

    case: str
    code: str


class WithdrawStatement(msgspec.Struct, tag_field="t", tag="withdraw_statement", forbid_unknown_fields=True):
    """A party takes its own statement back, until others can see it."""

    case: str


class ReleaseStatement(msgspec.Struct, tag_field="t", tag="release_statement", forbid_unknown_fields=True):
    """The mediator shows it to the other parties before the session, where the party has agreed to that."""

    case: str
    party: str


class PresentStatement(msgspec.Struct, tag_field="t", tag="present_statement", forbid_unknown_fields=True):
    """The mediator shows it to everybody in the session, in the stage of statements."""

    case: str
    party: str


class HearStatement(msgspec.Struct, tag_field="t", tag="hear_statement", forbid_unknown_fields=True):
    """It was read out: the party that is not there has spoken."""

    case: str
    party: str


PerformanceCommand = (
    SetObligation | DropObligation | TellReceipt | AnswerReceipt | NoteReceipt | ConfirmReceipt | TakeBackReceipt
    | WaiveObligation | StateBreach | PlanVisit | NoteVisit
)  # fmt: skip
JointCommand = AskJoint | JoinCase | DeclineJoint | LeaveJoint | ReleaseJoint
EscalationCommand = Escalate | AnswerEscalation | WithdrawEscalation
StatementCommand = (
    AskStatement | ProposeStatement | DropStatement | AgreeStatements | AskIdentity | AnswerIdentity | WithdrawStatement | ReleaseStatement
)  # fmt: skip
ShowCommand = PresentStatement | HearStatement
PageCommand = MakePage | ClosePage
ScheduleCommand = ProposeTimes | AnswerTimes | NoteTimes | FixTime | MoveTime | CallOff
RiskCommand = ReportRisk | WithdrawRisk | SendRiskAgain
ExpertCommand = InviteExpert | WithdrawExpert | DeclareInterest | ExtendExpert | RateExpert
RatingCommand = AnswerRating | ReleaseWords
DataCommand = AskData | AnswerData
KeepingCommand = PlaceHold | LiftHold | AskDestruction | WithdrawDestruction | ApproveDestruction
CaseCommand = Classify | Dispatch | Accept | Refuse | GiveBack | AddParty | Withdraw | CloseCase
