"""What people ask of a case on its way: report, dispatch, acceptance, its parties, forms, withdrawal and closing."""

from __future__ import annotations

import msgspec

from cases.commands.matters import AnswerMatter
from cases.vocabulary import CaseStage, DispatchMode, DisputeKind, IdentityCheck


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


class OwnReport(Report, tag="report", forbid_unknown_fields=True):
    """What people report themselves. `privacy`: version of the notice that stood on their form."""

    privacy: str = ""


class Intake(Report, tag="intake", forbid_unknown_fields=True):
    """What staff enters: found on a round (排查), or told at the counter. Comes over HTTP as a report does. Nobody needs to have left a telephone."""

    phone: str = ""
    source: str = ""


class Referral(Report, tag="referral", forbid_unknown_fields=True):
    """What another system refers (转办、移交). Comes over HTTP, signed by that system. `reference`: its own number of it."""

    phone: str = ""
    reference: str = ""


class Classify(msgspec.Struct, tag_field="t", tag="classify", forbid_unknown_fields=True):
    """`region` and `place` put right where it happened, within the county; left out, they stay as they are. `region_name` is filled in by the server. `seen`: the type as whoever
    classifies saw it; left out, it is not compared."""

    case: str
    dispute_type: str
    kind: DisputeKind = DisputeKind.DISPUTE
    region: str = ""
    region_name: str = ""
    place: str | None = None
    seen: str | None = None


class Dispatch(msgspec.Struct, tag_field="t", tag="dispatch", forbid_unknown_fields=True):
    """交办 or 转办 to one or several accounts. `names` is filled in by the server with the organisations' names. `seen`: the stage in which whoever gives the order saw the case.
    `dispute_type`, `kind` and `region`: classify it and put its township right by the same order, as by `Classify`; left out, they stay as they are."""

    case: str
    to: list[str]
    mode: DispatchMode = DispatchMode.ASSIGN
    note: str = ""
    names: list[str] = []
    seen: CaseStage | None = None
    dispute_type: str = ""
    kind: DisputeKind | None = None
    region: str = ""
    region_name: str = ""


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
    """What was written wrong of a party, and why it is known to be; what is empty stays as it is. `checked`: how the centre made sure who asks, for the telephone of who
    reported."""

    case: str
    party: str
    reason: str
    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""
    checked: IdentityCheck | None = None


class Withdraw(msgspec.Struct, tag_field="t", tag="withdraw", forbid_unknown_fields=True):
    case: str


class CloseCase(msgspec.Struct, tag_field="t", tag="close_case", forbid_unknown_fields=True):
    """`reason` is needed while something is still owed by the agreement."""

    case: str
    reason: str = ""


class FillForm(msgspec.Struct, tag_field="t", tag="fill_form", forbid_unknown_fields=True):
    """Fields of a form of the paper file, where the case itself has nothing. `revision`: of the form as it was read, 0 where nobody has filled it in yet."""

    case: str
    form: str
    fields: dict[str, str]
    revision: int


class WriteDown(msgspec.Struct, tag_field="t", tag="write_down", forbid_unknown_fields=True):
    """What was told by voice, in words: it stands as the description, and may be put right. `title`: a subject where the reporter wrote none; left out, it stays as it is. `facts` is
    empty where the reporter wrote the description as well. `was`: the description as whoever writes has read it; left out, it is not compared."""

    case: str
    facts: str
    title: str = ""
    was: str | None = None


CaseCommand = WriteDown | Classify | Dispatch | Accept | Refuse | GiveBack | AddParty | Withdraw | CloseCase | AnswerMatter
