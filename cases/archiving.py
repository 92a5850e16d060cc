"""The paper file of a closed case goes to the archive (归档), and is taken out again. Pure.

Rules
* Only a closed case has a file to archive, and only once its session is over: nothing comes into the file by itself then.
* It lacks a required item only for a reason, which stays with it (as when the case was closed, `cases.filing`).
* It is archived as it is bound at that moment, and its hash is in the ledger: what is taken of it afterwards is that, to the byte.
* What lies in the archive is not written into (`demand_out`). The centre takes it out, and says why; it goes back by another act of archiving, and the ledger has both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases.actor import Actor
from cases.archived import Archived, TakenOut
from cases.case import NOTE_LIMIT, Case, standings
from cases.commands.archiving import ArchiveCommand, ArchiveFile, TakeOutFile
from cases.errors import Invalid, OutOfTurn
from cases.filing import Item, lacking
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action

SHELF = 60
"""Characters of where a file stands."""


def handle(
    case: Case,
    command: ArchiveCommand,
    actor: Actor,
    now: datetime,
    items: Sequence[Item],
    in_session: bool = False,
    sha256: str = "",
    pages: int = 0,
) -> list[Happened]:
    """`items`: of its file as it stands; `in_session`: a session goes on; `sha256` and `pages`: of the file as it is bound. Raises `Refusal`, and leaves the case as it was."""
    held = standings(case, actor)
    match command:
        case ArchiveFile():
            demand(held, Action.ARCHIVE_FILE, case.stage)
            demand_out(case)
            if in_session:
                raise OutOfTurn("session_open", "The session has not ended yet")
            missing = [str(one.doc) for one in lacking(list(items))]
            shelf = parse_text(command.shelf, "shelf", SHELF, required=False)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT, required=False)
            if missing and not reason:
                raise Invalid(
                    "archived_incomplete",
                    "Something that the paper file requires is missing: say why it is archived all the same",
                    field="reason",
                    missing=missing,
                )
            case.taken_out = None
            case.archived = Archived(now, actor.name, shelf, missing, reason if missing else "", sha256, pages)
            told = {"shelf": shelf, "missing": missing, "reason": case.archived.reason, "sha256": sha256, "pages": pages}
            return [Happened("case.archived", {"by": actor.ledger_name} | {key: value for key, value in told.items() if value})]
        case TakeOutFile():
            demand(held, Action.TAKE_OUT_FILE, case.stage)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT)
            if case.archived is None:
                raise OutOfTurn("file_not_archived", "The paper file of this case does not lie in the archive")
            case.archived, case.taken_out = None, TakenOut(now, actor.name, reason)
            return [Happened("case.file_taken_out", {"by": actor.ledger_name, "reason": reason})]


def demand_out(case: Case) -> None:
    """Before something is written into the file. Raises `OutOfTurn`."""
    if case.archived is not None:
        message = f"The paper file was archived by {case.archived.by}; the centre takes it out before anything in it is changed"
        raise OutOfTurn("file_archived", message, by=case.archived.by)
