"""The list behind a number of a wall: the cases that it counts, the newest first. What counts is what `cases.figures` adds up; a test holds them together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cases.clock import COUNTY_TIME
from cases.counted import ACTIVE, ENDED
from cases.errors import Invalid
from cases.figures import MONTHS_OF_VOICES, MONTHS_SHOWN, NEVER_ACCEPTED, STEPS, TREND_DAYS, midnight, month_begins, month_of, soon_until
from cases.vocabulary import DISPUTE_TYPES, CaseStage, RiskLevel
from storage.database import reads
from storage.models.counts import CaseCount

COUNTY_DIGITS = 6


def cases_of(region: str, synthetic: bool, number: str, of: str, now: datetime) -> QuerySet[CaseCount]:
    """`region`: of whose wall, a county's or a township's. `of`: which type, step, month (2026-03), day (2026-03-18), level or account, where the number is one
    of many; of what is left over, the types that it leaves out. Raises `Invalid`."""
    within = {"region__startswith": region} if len(region) > COUNTY_DIGITS else {}
    return (
        CaseCount.filter(_condition(number, of, now), county=region[:COUNTY_DIGITS], **within, synthetic=synthetic, trial=False)
        .using_db(reads())
        .order_by("-reported_at", "-id")
    )


def _condition(number: str, of: str, now: datetime) -> Q:
    active = Q(stage__in=list(ACTIVE))
    month, today = month_of(now), _utc(midnight(now))
    of_month = Q(reported_at__gte=_utc(month_begins(month)))
    match number:
        case "today":
            return Q(reported_at__gte=today)
        case "active":
            return active
        case "rooms":
            return Q(live=True)
        case "success":
            mediated = Q(agreed_at__isnull=False) | Q(mediated_at__isnull=False)
            return Q(ended_at__gte=_utc(month_begins(month))) & mediated
        case "due_soon":
            return active & Q(due__gte=_utc(now), due__lt=_utc(soon_until(now)))
        case "overdue":
            return active & Q(due__lt=_utc(now))
        case "voices":
            return Q(answered__gt=0, ended_at__gte=_utc(month_begins(month - MONTHS_OF_VOICES + 1)))
        case "kind" if of in DISPUTE_TYPES:
            return active & Q(dispute_type=of)
        case "other_kinds":
            return active & ~Q(dispute_type__in=of.split(","))
        case "type" if of in DISPUTE_TYPES:
            return of_month & Q(dispute_type=of)
        case "other_types":
            return of_month & ~Q(dispute_type__in=of.split(","))
        case "step" if of in STEPS:
            return of_month & _reached(of)
        case "days":
            return Q(reported_at__gte=today - timedelta(days=TREND_DAYS - 1))
        case "day":
            return _day(of, now)
        case "month":
            return _month(of, now)
        case "alert" if of in set(RiskLevel):
            return Q(risk=of)
        case "mediator" if of and len(of) <= 32:
            return active & Q(mediator=of)
    raise Invalid("unknown_number", "The wall has no such number; open the list from the number itself", field="number")


def _reached(step: str) -> Q:
    """As `cases.figures.reached` has it."""
    return {
        "reported": Q(),
        "accepted": ~Q(stage__in=list(NEVER_ACCEPTED)),
        "mediating": Q(stage=CaseStage.MEDIATING) | Q(stage__in=list(ENDED), mediated_at__isnull=False),
        "agreed": Q(stage__in=list(ENDED), agreed_at__isnull=False),
        "closed": Q(stage=CaseStage.CLOSED),
    }[step]


def _day(of: str, now: datetime) -> Q:
    try:
        begins = datetime.strptime(of, "%Y-%m-%d").replace(tzinfo=COUNTY_TIME)
    except ValueError:
        raise Invalid("malformed", "A day is written 2026-03-18", field="of") from None
    if not timedelta(0) <= midnight(now) - begins < timedelta(days=TREND_DAYS):
        raise Invalid("unknown_number", f"The wall shows the last {TREND_DAYS} days", field="of", limit=TREND_DAYS)
    return Q(reported_at__gte=_utc(begins), reported_at__lt=_utc(begins + timedelta(days=1)))


def _month(of: str, now: datetime) -> Q:
    try:
        month = month_of(datetime.strptime(of, "%Y-%m").replace(tzinfo=COUNTY_TIME))
    except ValueError:
        raise Invalid("malformed", "A month is written 2026-03", field="of") from None
    if not 0 <= month_of(now) - month < MONTHS_SHOWN:
        raise Invalid("unknown_number", f"The wall shows the last {MONTHS_SHOWN} months", field="of", limit=MONTHS_SHOWN)
    return Q(reported_at__gte=_utc(month_begins(month)), reported_at__lt=_utc(month_begins(month + 1)))


def _utc(moment: datetime) -> datetime:
    """SQLite keeps moments as text of UTC, and compares them as text."""
    return moment.astimezone(UTC)
