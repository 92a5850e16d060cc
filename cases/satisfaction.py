"""What parties and the reporter thought of a mediation (评价), and what the centre does about it. Pure.

Rules
* A party rates once, from the end of the mediation on, for sixty days; the reporter is the first party. What was said is not taken back.
* The mediation is over when its session has ended, with or without an agreement. It need not be closed: performance may take months, and by then nobody remembers.
* A low rating raises a follow-up (回访) of the centre's own. Nobody else reads or answers it.
* The mediator reads nothing while the case is open; then scores and marks without who gave them, and words that the centre has released.
* Everything goes into a chain of its own (`performance.APART`), which no bundle has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from cases.actor import Actor
from cases.case import Case
from cases.commands import rating as c
from cases.errors import Conflict, Invalid, NotFound, OutOfTurn
from cases.identity import parse_text
from cases.obligation import Performance
from cases.performance import APART, noted, raise_visit
from cases.permissions import demand
from cases.ports import Happened
from cases.rating import HIGHEST, LOWEST, Rating
from cases.vocabulary import Action, CaseStage, Mark, Standing

OPEN_FOR = timedelta(days=60)
WORDS_LIMIT = 200


def until(case: Case, session_ended: datetime | None) -> datetime | None:
    """When rating ends; None while the mediation is not over. `session_ended`: when its session was, None where it goes on or there was none."""
    if case.stage not in {CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED}:
        return None
    ends = (step.at for step in case.history if step.stage in {CaseStage.FAILED, CaseStage.CLOSED})
    over = session_ended or next(ends, None)
    return over + OPEN_FOR if over is not None else None


def rating_of(case: Case, party: str) -> Rating | None:
    return next((one for one in case.ratings if one.party == party), None)


def demand_open(case: Case, party: str, held: Iterable[Standing], session_ended: datetime | None, now: datetime) -> datetime:
    """When it ends, for somebody who may rate now. Raises `Refusal` with why not."""
    demand(held, Action.RATE, case.stage)
    case.party(party)
    ends = until(case, session_ended)
    if ends is None:
        raise OutOfTurn("session_open", "The session has not ended yet")
    if rating_of(case, party) is not None:
        raise Conflict("rated_already", "This mediation was rated by this link or by you already; a rating is given once")
    if now >= ends:
        raise OutOfTurn("rating_over", f"A mediation is rated within {OPEN_FOR.days} days of its end", days=OPEN_FOR.days)
    return ends


def rate(
    case: Case,
    party: str,
    held: Iterable[Standing],
    score: int,
    marks: Collection[Mark],
    words: str,
    session_ended: datetime | None,
    now: datetime,
) -> list[Happened]:
    """Take the rating of a party. Raises `Refusal`, and leaves the case as it was."""
    demand_open(case, party, held, session_ended, now)
    if not LOWEST <= score <= HIGHEST:
        raise Invalid("score", f"A rating is a whole number from {LOWEST} to {HIGHEST}", field="score", least=LOWEST, most=HIGHEST)
    text = parse_text(words, "words", WORDS_LIMIT, required=False)
    rating = Rating(party, score, now, [mark for mark in Mark if mark in marks], text)
    case.ratings.append(rating)
    told = {"party": party, "score": score, "marks": [str(mark) for mark in rating.marks], "words": text}
    return [Happened("rating.given", told, chain=APART), *([raise_visit(case, party, now)] if rating.low else [])]


def handle(case: Case, command: c.RatingCommand, actor: Actor, held: Iterable[Standing], now: datetime) -> list[Happened]:
    """What the centre does about a rating. `held`: what the actor is to the case."""
    demand(held, Action.ANSWER_RATING, case.stage)
    if isinstance(command, c.AnswerRating):
        visit = (case.performance or Performance()).raised(command.party)
        if visit is None:
            raise NotFound("no_rating", "There is no such rating, or nothing to be done about it")
        return [Happened("visit.noted", noted(visit, command, actor, now), chain=APART)]
    rating = rating_of(case, command.party)
    if rating is None or not rating.words:
        raise NotFound("no_rating", "There is no such rating, or nothing to be done about it")
    if rating.released:
        return []
    rating.released = actor.name
    return [Happened("rating.released", {"party": command.party, "by": actor.ledger_name}, chain=APART)]
