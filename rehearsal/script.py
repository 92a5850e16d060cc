"""The whole way of one case, as a list of steps. Operators play it to check an installation; tests play parts of it."""

from __future__ import annotations

from itertools import takewhile

from rehearsal.play import Act
from rehearsal.steps import drafting, intake, meeting, proof, record, signing

Script = list[tuple[str, Act]]

WHOLE: Script = [
    ("everybody signs in", intake.sign_in),
    ("a resident reports", intake.report),
    ("the centre classifies and dispatches", intake.dispatch),
    ("two accept at once, one wins", intake.accept),
    ("the mediator opens a session", meeting.open_session),
    ("parties join by their links", meeting.join),
    ("they see and hear each other", meeting.see_each_other),
    ("notice, statements", meeting.statements),
    ("a private talk stays private", meeting.caucus),
    ("an expert joins for ten minutes", meeting.expert),
    ("they draft together", drafting.draft),
    ("freeze: hash and PDF", signing.freeze),
    ("clause by clause", signing.confirm),
    ("everybody signs", signing.sign),
    ("the committee seals", signing.seal),
    ("the written record is checked and closed", record.close),
    ("wall and public page have moved", proof.watched),
    ("evidence bundle", proof.export),
    ("verification", proof.verify),
    ("copies for courts and parties", proof.copies),
    ("backup while serving, restored elsewhere", proof.restore),
]


def until(act: Act) -> Script:
    """Everything before that step."""
    return list(takewhile(lambda step: step[1] is not act, WHOLE))
