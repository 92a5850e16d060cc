"""The pool of experts (多元化解专家库): what an entry is, and what of it is refused. Pure.

Hours are those of the county's clock: `week` has seven lists, Monday first, of the hours 0 to 23 in which the expert can be asked; hour 9 lasts from nine to ten.
Load and rating stand in no entry: they are counted from invitations (`storage.experts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import msgspec

from cases.clock import COUNTY_TIME
from cases.errors import Invalid
from cases.identity import parse_name, parse_phone, parse_text
from cases.vocabulary import DISPUTE_TYPES, ExpertKind, Mediation, Tongue

ENTRY_LIMIT = 500
"""Of one county."""
EMPLOYER_LIMIT, SPOKEN_LIMIT = 60, 20
FEWEST_RATINGS = 3
"""Below this no mean is shown: it would tell what one mediator thought."""
LOAD_DAYS = 30
Week = list[list[int]]


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One expert, as who keeps the pool writes it. `spoken`: which dialect or other language; `away_until`: the last day of an absence, 2026-10-08."""

    name: str
    kind: str
    mediation: str
    region: str
    phone: str
    specialities: list[str] = []
    languages: list[str] = []
    spoken: str = ""
    employer: str = ""
    week: Week = []
    away_until: str = ""
    listed: bool = True


class Tally(msgspec.Struct, frozen=True):
    """What invitations come to. `mean`: of the scores, in hundredths; 0 below `FEWEST_RATINGS`."""

    open: int = 0
    sessions: int = 0
    ratings: int = 0
    mean: int = 0

    @property
    def load(self) -> int:
        return self.open + self.sessions


def tally(open_now: int, sessions: int, scores: Iterable[int]) -> Tally:
    """`scores`: of 1 to 5, each from one invitation."""
    given = list(scores)
    mean = (200 * sum(given) + len(given)) // (2 * len(given)) if len(given) >= FEWEST_RATINGS else 0
    return Tally(open_now, sessions, len(given), mean)


def checked(entry: Entry, today: date | None = None, *, known: bool = False) -> Entry:
    """The entry in normal form. Raises `Invalid` that names the field. Whether the region exists is asked elsewhere. `today`: before which no absence ends. `known`: it is there already,
    and without a telephone keeps the one it has."""
    return Entry(
        name=parse_name(entry.name),
        kind=_one_of(ExpertKind, entry.kind, "kind"),
        mediation=_one_of(Mediation, entry.mediation, "mediation"),
        region=entry.region,
        phone="" if known and not entry.phone.strip() else parse_phone(entry.phone),
        specialities=[t for t in DISPUTE_TYPES if t in _known(entry.specialities, DISPUTE_TYPES, "specialities")],
        languages=[str(t) for t in Tongue if t in _known(entry.languages, tuple(Tongue), "languages")],
        spoken=_line(entry.spoken, "spoken", SPOKEN_LIMIT),
        employer=_line(entry.employer, "employer", EMPLOYER_LIMIT),
        week=checked_week(entry.week),
        away_until=checked_absence(entry.away_until, today),
        listed=entry.listed,
    )


def checked_week(week: Week) -> Week:
    """Seven sorted lists. Raises `Invalid` for an hour that no clock has."""
    if week and len(week) != 7:
        raise Invalid("expert_hours", "A week has seven days", field="week")
    if any(not 0 <= hour <= 23 for day in week for hour in day) or any(len(day) > 24 for day in week):
        raise Invalid("expert_hours", "A day has the hours 0 to 23", field="week")
    return [sorted(set(day)) for day in week] or [[] for _ in range(7)]


def available(week: Week, away_until: str, at: datetime, minutes: int) -> bool:
    """Whether the expert can be asked for so many minutes from `at` on."""
    return not away(away_until, at) and all(moment.hour in week[moment.weekday()] for moment in _hours(at.astimezone(COUNTY_TIME), minutes))


def away(away_until: str, at: datetime) -> bool:
    return bool(away_until) and at.astimezone(COUNTY_TIME).date() <= date.fromisoformat(away_until)


def _hours(start: datetime, minutes: int) -> list[datetime]:
    """The beginning of every hour that is touched."""
    first = start.replace(minute=0, second=0, microsecond=0)
    last = start + timedelta(minutes=max(minutes, 1)) - timedelta(microseconds=1)
    return [first + timedelta(hours=n) for n in range(int((last - first) / timedelta(hours=1)) + 1)]


def _one_of(kind: type[StrEnum], text: str, field: str) -> str:
    if text not in set(kind):
        raise Invalid("expert_choice", f"{field} is one of {', '.join(kind)}", field=field)
    return text


def _known(words: list[str], choices: tuple[str, ...], field: str) -> list[str]:
    """Not repeated back: what is unknown may be long, or a script."""
    if len(words) > len(choices) or any(word not in choices for word in words):
        raise Invalid("expert_choice", f"{field} has something that is no choice", field=field)
    return words


def _line(text: str, field: str, limit: int) -> str:
    return parse_text(text.replace("\n", " "), field, limit, required=False)


def checked_absence(text: str, today: date | None) -> str:
    """The last day of an absence, or empty. Raises `Invalid`, also for one that is over `today`."""
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("expert_away", "The last day of the absence is no date", field="away_until") from None
    if today is not None and day < today:
        raise Invalid("absence_over", "This day is past: leave it empty where nobody is away any more", field="away_until")
    return day.isoformat()


def moment_of(text: str, field: str = "at") -> datetime:
    """A moment with its zone, as pages send it. Raises `Invalid`."""
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 2000 <= moment.year < 3000:
        raise Invalid("expert_when", "This is no moment with its time zone", field=field)
    return moment.astimezone(UTC)
