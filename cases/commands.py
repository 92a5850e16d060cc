"""What people ask of a case. Each is a wire message (tag `t`) and carries the case it is about."""

from __future__ import annotations

import msgspec

from cases.vocabulary import DispatchMode, DisputeKind


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
    case: str
    reason: str


class AddParty(msgspec.Struct, tag_field="t", tag="add_party", forbid_unknown_fields=True):
    case: str
    name: str
    capacity: str
    phone: str = ""
    id_number: str = ""
    address: str = ""


class Withdraw(msgspec.Struct, tag_field="t", tag="withdraw", forbid_unknown_fields=True):
    case: str


class CloseCase(msgspec.Struct, tag_field="t", tag="close_case", forbid_unknown_fields=True):
    case: str


class PlaceHold(msgspec.Struct, tag_field="t", tag="place_hold", forbid_unknown_fields=True):
    """Nothing of the case may be destroyed until the hold is lifted, whatever the organisation's policy says."""

    case: str
    reason: str


class LiftHold(msgspec.Struct, tag_field="t", tag="lift_hold", forbid_unknown_fields=True):
    case: str
    reason: str


class DestroyRecordings(msgspec.Struct, tag_field="t", tag="destroy_recordings", forbid_unknown_fields=True):
    """Sound and picture of an ended case, for good: their keys are destroyed. What the chain says of them stays."""

    case: str
    reason: str


KeepingCommand = PlaceHold | LiftHold | DestroyRecordings
CaseCommand = Classify | Dispatch | Accept | Refuse | AddParty | Withdraw | CloseCase
