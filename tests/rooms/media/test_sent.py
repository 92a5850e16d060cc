"""What feedback tells of what was sent."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.sent import KEPT, Came, Sent
from rooms.media.transport_cc import Feedback


def packets(came: list[Came]) -> list[tuple[float, float, int]]:
    return sorted(packet for c in came for packet in zip(c.arrivals, c.delays, c.sizes, strict=True))


@given(st.integers(0, 200), st.lists(st.floats(0.01, 0.2), min_size=1, max_size=200), st.sets(st.integers(0, 199)))
def test_a_message_tells_the_same_whole_or_in_pieces(first: int, delays: list[float], apart: set[int]) -> None:
    """What nearly every message takes, many packets at once, and what tells them one by one."""
    whole, pieces = Sent(), Sent()
    for sent in (whole, pieces):
        for n in range(first + len(delays)):
            sent.number(900 + n, n / 1000)
    arrivals = [(first + n) / 1000 + delay for n, delay in enumerate(delays)]
    cuts = sorted({0, *(n for n in apart if n < len(delays)), len(delays)})
    at_once = whole.told(Feedback(first, arrivals, 0), 1.0)
    assert at_once is not None
    # The next one is missing for the moment.
    parts = [pieces.told(Feedback(first + a, [*arrivals[a:b], None], 1), 1.0) for a, b in pairwise(cuts)]
    assert packets([at_once]) == packets([part for part in parts if part is not None])
    assert (at_once.first, at_once.last, at_once.least) == (min(arrivals), max(arrivals), min(at_once.delays))
    assert whole.unanswered() == pieces.unanswered() == 0 and not pieces.missing
    assert whole.told(Feedback(first, arrivals, 0), 1.0) is None, "told again it counts for nothing"


def test_numbers_wrap_and_what_is_older_than_is_remembered_is_unknown() -> None:
    sent = Sent()
    for n in range(0x10000 + 10):
        assert sent.number(100, float(n)) == n & 0xFFFF
    came = sent.told(Feedback(0xFFFE, [70_000.0] * 6, 0), 70_000.0)
    assert came is not None and len(came.sizes) == 6
    assert sent.told(Feedback((10 - KEPT - 5) & 0xFFFF, [70_000.0] * 5, 0), 70_000.0) is None
    assert sent.told(Feedback(10, [70_000.0], 0), 70_000.0) is None, "nor is what was never sent"


def test_what_is_missing_is_told_once_and_given_up_in_the_end() -> None:
    sent = Sent()
    for n in range(10):
        sent.number(100, n / 10, (7, 40), 10 + n)
    sent.told(Feedback(0, [None, 1.1, None, 1.2], 2), 1.0)
    sent.told(Feedback(0, [None, None, 1.3], 2), 1.1)
    assert sent.newly_missing() == [(7, 50), (7, 52)] and sent.newly_missing() == []
    assert sent.overdue(0.05, 0.0, 1.1) == 1 and sent.overdue(0.05, 1.0, 1.1) == 0
    assert sent.give_up(0.25, 1.2) == [] and sent.give_up(0.25, 1.3) == [0.0]
    assert sent.unanswered() == 6 * 800
