"""What can be taken away of a case now (下载): each paper where there is one, each bundle where somebody is there to have it. Pure.

Pages offer by it; nothing is permitted by it. A bundle for the judicial confirmation is of use while the parties may apply, or once the papers for it were put together, since
the court decides and enforces later. A court takes over (移交法院) what mediation could not settle.
"""

from __future__ import annotations

import msgspec

from cases.case import Case
from cases.confirmation import Confirmation
from cases.filing import ELSEWHERE
from cases.vocabulary import CaseStage
from evidence.profiles import FAILURE, FULL, SUCCESS


class Handouts(msgspec.Struct, frozen=True):
    """`agreement`: the signed text, or the form of an oral one, is kept here. `parties`: those who had a seat in the session, each with a copy of its own; `profiles`: for whom
    else a bundle is made."""

    record: bool
    certificate: bool
    agreement: bool
    recording: bool
    profiles: list[str]
    parties: list[str]


IN_FORCE = frozenset({"electronic", "paper", "oral"})
"""How an agreement was made of which there is a paper here."""


def made(case: Case, electronic: bool, on_paper: bool, oral: bool) -> str:
    """How the agreement in force was made: one of `IN_FORCE`, `ELSEWHERE` where it is not kept here, empty where there is none."""
    if oral:
        return "oral"
    if electronic or on_paper:
        return "paper" if on_paper else "electronic"
    return ELSEWHERE if case.agreed_at is not None else ""


def certified(case: Case) -> bool:
    """Whether there is a certificate of it: who took it has brought it to an end, with an agreement or without."""
    gone = {step.stage for step in case.history}
    return case.mediator is not None and CaseStage.ACCEPTED in gone and bool(gone & {CaseStage.AGREED, CaseStage.FAILED})


def profiles_of(case: Case, found: Confirmation | None) -> list[str]:
    """`found`: how it stands with the judicial confirmation; None where there is no agreement."""
    confirms = found is not None and (not found.bar or (found.bar == "confirmation_too_late" and case.confirmation_sought is not None))
    failed = any(step.stage is CaseStage.FAILED for step in case.history)
    return [FULL.name, *[SUCCESS.name] * confirms, *[FAILURE.name] * failed]
