"""What the office fills into the forms of a paper file (卷宗), where the case itself has nothing. Pure.

Rules
* It stands beside what the case knows and changes nothing of it.
* What lies in the archive is not written into (`cases.archiving`).
* Each form has a revision: whoever has read an older one is refused, and nothing that somebody wrote is lost unseen.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from cases.actor import Actor
from cases.archiving import demand_out
from cases.case import Case, standings
from cases.commands.casework import FillForm
from cases.errors import Conflict, Invalid, TooMuch
from cases.filing import Doc, enclosable
from cases.filled_form import FilledForm
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action

CHAIN = "file"
"""Of the ledger: no bundle has it, since forms name ethnicity and occupation, and what was found out about people."""
LINE, TEXT, PAGES = 60, 500, 5000
PERSON_FIELDS: dict[str, int] = {"sex": 4, "nation": 20, "age": 8, "work": 40, "unit": 60}
FIELDS: dict[str, dict[str, int]] = {
    "cover": {"title": LINE, "filer": 20, "filed_on": 10, "kept": 20, "remarks": 200},
    "application": {"requests": 1000},
    "registration": {"remarks": TEXT},
    "authority": {"powers": TEXT},
    "investigation": {"at": LINE, "place": 100, "present": 200, "asked": 200, "notes": PAGES},
    "visits": {"lawsuit": TEXT, "danger": TEXT, "measures": TEXT},
    "confirmation": {"court": 40, "outcome": TEXT},
    "statement": {"words": 2000},
    "closing": {"facts": 2000},
}
"""Form → its fields and the characters that each takes. `people` has `PERSON_FIELDS` of every party (`p1.nation`), `enclosed` a note for each item that is `enclosable`."""
NOTE = 100
DAYS = frozenset({"filed_on"})
FORMS = (*FIELDS, "people", "enclosed")
REVISIONS = 500
"""Of a form."""


def limits_of(form: str, case: Case, agreement: str = "") -> dict[str, int]:
    """Field → characters, of a form of this case; `agreement`: how it was made (`FilingFacts`). Raises `Invalid`."""
    if form == "people":
        return {f"{person.id}.{field}": limit for person in case.parties for field, limit in PERSON_FIELDS.items()}
    if form == "enclosed":
        there = enclosable(agreement)
        return {str(doc): NOTE for doc in Doc if doc in there}
    if form not in FIELDS:
        raise Invalid("unknown_form", "There is no such form", field="form")
    return FIELDS[form]


def fill(case: Case, command: FillForm, actor: Actor, now: datetime, agreement: str = "") -> list[Happened]:
    """Fields that are not named stay as they are, empty ones are taken out. Raises `Refusal`, and leaves the case as it was."""
    demand(standings(case, actor), Action.FILL_FORM, case.stage)
    demand_out(case)
    limits = limits_of(command.form, case, agreement)
    known = case.forms.get(command.form)
    revision = known.revision if known else 0
    if command.revision != revision:
        raise Conflict("form_stale", "Somebody else has filled in this form meanwhile; read it again", revision=revision)
    if revision >= REVISIONS:
        raise TooMuch("form_revisions", f"A form is changed at most {REVISIONS} times", limit=REVISIONS)
    changed = {key: _parsed(key, words, limits) for key, words in command.fields.items()}
    before = known.fields if known else {}
    told = {key: words for key, words in changed.items() if before.get(key, "") != words}
    if not told:
        return []
    case.forms[command.form] = FilledForm({k: w for k, w in {**before, **told}.items() if w}, revision + 1, actor.name, now)
    entry = {"form": command.form, "revision": revision + 1, "fields": told, "by": actor.ledger_name}
    return [Happened("form.filled", entry, chain=CHAIN)]


def _parsed(key: str, words: str, limits: dict[str, int]) -> str:
    if key not in limits:
        raise Invalid("unknown_field", "This form has no such field", field=key[:40])
    found = parse_text(words, key, limits[key], required=False)
    if key in DAYS and found:
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found) or not 1949 <= date.fromisoformat(found).year <= 2999:
                raise ValueError
        except ValueError:
            raise Invalid("date_shape", "A day is written as 2026-12-01 and exists in the calendar", field=key) from None
    return found
