"""What the office was shown of a case, moment by moment (全流程可查可看可回溯). Pure.

Whatever changes in it is a merge patch (RFC 7396), and each of them is an entry of the ledger, in a chain of its own that no bundle has, written in the transaction
that makes the change. The first one has the whole. Each names the last entry of the main chain, so that whoever cuts off the end of one has to do with the other.
"""

from __future__ import annotations

from typing import Any

from cases.ports import Happened

CHAIN, KIND = "stood", "case.stood"


def stood(patch: dict[str, Any], seq: int, digest: str) -> Happened:
    """`patch` from the moment before; `seq` and `digest`: the last entry of the main chain, this change's own included."""
    return Happened(KIND, {"patch": patch, "head": {"seq": seq, "hash": digest}}, chain=CHAIN)
