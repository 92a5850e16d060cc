"""What people ask of a joint mediation (联合调解)."""

from __future__ import annotations

import msgspec


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


JointCommand = AskJoint | JoinCase | DeclineJoint | LeaveJoint | ReleaseJoint
