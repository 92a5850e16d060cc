"""How much one viewer's line takes, from transport-wide feedback. Pure.

Three signs, in the spirit of Google Congestion Control (draft-ietf-rmcat-gcc-02) and LEDBAT (RFC 6817):

- **A standing queue.** The one-way delay of each packet less the least of the last ten seconds is what waits on the line. A line that
  shakes lets some packet of every short while through at once, a full one none; so the *least* delay of a while is looked at.
  Above `QUEUE` the budget falls to a part of what arrives, which then is what the line carries.
- **Loss.** Above a tenth, the budget falls by half the loss; below that it is the line's nature, and repair's affair.
- **Silence.** When packets go out and nothing is told for `SILENCE`, only sound is sent until the line answers.

The budget grows by what was proved: what arrived without a queue. Since layers are steps, the proof of the next one is bought by
padding, that rises slowly and ends at the first sign of a queue (`probe`). A probe that failed is not repeated for a while, which doubles.
"""

from __future__ import annotations

from collections import deque

from rooms.media.sent import Came, Sent
from rooms.media.transport_cc import Feedback

START = 1_000_000
FLOOR = 30_000
CEILING = 20_000_000
QUEUE = 0.06
"""Seconds that the quickest packet of a while may wait before the line counts as full."""
DRAINED = 0.045
"""The same for a line that was full: one large packet alone takes 32 ms at 300 kbit/s."""
LASTING, FLOOD, OVERFLOWS, TOO_MUCH = 0.35, 0.3, 0.08, 0.6
"""Seconds for which a queue must last, seconds of queue, share of lost packets in one message, and share that is carried of what was sent: each of
them makes a line full."""
PROVED = 0.035
"""Seconds of queue above which what arrives proves nothing: it may have pushed sound aside."""
LONG = 0.12
"""Seconds of queue that are not waited for but emptied."""
SHRINKS_WITHIN, SHRINKS_BY, SHRINKS_FROM, GROWS_BY = 0.6, 0.005, 0.1, 0.03
"""Seconds within which a queue must have become shorter, by so many seconds at least and by that part of what is too long, or else the budget falls
again; and seconds by which it may have become longer meanwhile. Pictures differ in size, so that less tells nothing."""
WHILE = 0.12
"""Seconds of arrivals that one judgement looks at."""
JUDGED_EVERY = 0.15
"""Seconds after which a line is judged again though nothing seems to have changed."""
BASE_SECONDS = 10.0
BACK_OFF, SHRINK = 0.97, 0.85
"""Parts of what a line carries that are used once it has become full, and when its queue does not shrink by that."""
HASTY = 0.7
"""Part of what was concluded when a line became full; where less than that is found soon after, that is believed."""
DRAIN_WITHIN = 1.0
"""Seconds for which sound alone is sent at most after a message that tells of a queue to drain."""
SILENCE = 0.6
NARROW_FOR = 5.0
"""Seconds after a cut for which sources without layers are asked to send less."""
NEVER_HEARD = 3.0
"""Seconds after the first packet within which feedback must have begun."""
KNOCK_EVERY = 0.25
LOSSY = 0.1
UNSAFE = 0.02
"""Loss of 1 above which repairs are made safe: what feedback tells to be missing is repeated without waiting for a request, and a request is
answered twice, since a second one would take another round trip while the picture stands."""
LATE = 0.25
"""Seconds after which a missing packet counts as lost."""
FORGOTTEN = 0.4
"""Seconds without feedback after which what was missing before tells nothing any more."""
PROBE_LATE, PROBE_LOSES, PROBE_SHARE = 0.06, 3, 0.06
"""Seconds after which a packet counts as missing while the line is tried, how many end the trial, and which part of what arrived they must be above
what the line loses anyway."""
LOSS_OVER, LOSS_LONGEST, ENOUGH = 2.0, 5.0, 60
"""Seconds over which loss is counted, at least and at most, and packets that it takes: of a few, one in ten is lost by chance."""
COUNTED_EVERY = 0.02
"""Seconds whose outcomes are counted as one, however many messages a viewer makes of them."""
PROBE_REST = 1.5
"""Seconds after a cut within which nothing is tried."""
PROBE_STEP = 0.2
PROBE_GROWTH = 1.25
"""Factor by which a probe rises in each step."""
PROBE_HOLDS = 0.015
"""Seconds of queue with which it rises no further: one more step would lengthen the queue by more than can be seen in time."""
PROBE_WITHIN = 4.0
PROBE_DRAINS = 1.5
"""Seconds after a probe for which a queue is its own."""
PAUSE_FIRST, PAUSE_LONGEST = 1.5, 6.0
"""Seconds between the end of a probe that failed and the next one."""
_MESSAGES = 256
"""Messages of half a second that are looked at; a receiver sends about six."""
RATE_OVER = 0.5
"""Seconds of arrivals over which a rate is measured."""


class Congestion:
    """One connection down. `budget` is in bit/s on the line, everything that carries a number included."""

    def __init__(self) -> None:
        self.budget = START
        self.rate = 0
        """What arrives, bit/s over about half a second."""
        self.loss = 0.0
        self.full = False
        """Whether the line has a standing queue."""
        self.silent = False
        self.alarm = False
        """Set when the line has just become full: what is sent must not wait for the next look. Whoever has acted on it takes it back."""
        self.drained_at = self._drains_since = 0.0
        """Until then sound alone is sent, and since when."""
        self._draining = False
        self.used = False
        """Whether feedback ever came: else nothing here means anything."""
        self.sent = Sent()
        self._bases: deque[tuple[float, float]] = deque()
        self._recent: deque[Came] = deque(maxlen=_MESSAGES)
        """What came in the last half second."""
        self._holes = 0.0
        self._over_since: float | None = None
        self._flooded_at = float("-inf")
        self._totals: deque[tuple[float, int]] = deque([(0.0, 0)], 6)
        """(now, bytes sent with numbers by then) at the last feedbacks: about half a second."""
        self._outcomes: deque[tuple[float, int, int]] = deque()
        """(now, told, lost) of the feedback of the last seconds."""
        self._counted = self._counted_lost = 0
        """The sums of both."""
        self._heard_at: float | None = None
        self._cut_at = float("-inf")
        self._probe_goal = 0
        self._probe_rate = 0.0
        self._probe_step_at = self._probe_began = 0.0
        self._before_probe = 0
        self._queue = self._looked_at = 0.0
        """The queue at the last look whether it shrinks."""
        self._judged_at = float("-inf")
        self._least_base = 0.0
        self._standing = 0.0
        """The queue as it is known now."""
        self._paced = False
        """Whether enough has waited lately to tell what the line carries."""
        self._flooded = False
        """Whether much more was sent than the line carries when it became full."""
        self._flood = (0, 0)
        """Budget and bit/s sent when the line became full."""
        self._tried_at = float("-inf")
        self._pause = PAUSE_FIRST
        self._quiet_until = 0.0
        self._owed = 0.0
        self._owed_at = 0.0
        self._media = self._sound = 0

    # what comes back

    def told(self, feedback: Feedback, now: float) -> list[tuple[int, int]]:
        """Take one feedback message, `now` in s on our clock. What it tells to be missing for the first time is returned, as the streams and
        their numbers, where the line loses much."""
        self.used = True
        if self._heard_at is not None and now - self._heard_at > FORGOTTEN:
            self.sent.missing.clear()
            self._recent.clear()
        self._heard_at = now
        self._totals.append((now, self.sent.total()))
        self._holes = feedback.missing / max(1, len(feedback.arrivals))
        came = self.sent.told(feedback, now)
        known, lost = 0, 0
        if came is not None:
            known = len(came.sizes)
            self._recent.append(came)
        overdue = self.sent.overdue(PROBE_LATE, self._probe_began, now) if self._probe_goal else 0
        if overdue > max(PROBE_LOSES, (PROBE_SHARE + self.loss) * sum(len(came.sizes) for came in self._recent)):
            # A short queue overflows before it can be seen to grow.
            self._tried_at = self._cut_at = now
            self.budget = max(FLOOR, min(self.budget, self._before_probe))
            self._end_probe(now)
        # On a line that shakes, many that were missing come with the next message.
        for sent_at in self.sent.give_up(LATE, now):
            # What overflowed before the last cut was answered by it.
            if sent_at > max(self._flooded_at, self.drained_at):
                known += 1
                lost += 1
        if self.silent:
            # What was lost while the line was dead says nothing of what it carries now.
            self.silent = False
            self._outcomes.clear()
            self._counted = self._counted_lost = 0
            self.sent.missing.clear()
        else:
            self._counted += known
            self._counted_lost += lost
            if self._outcomes and now - self._outcomes[-1][0] < COUNTED_EVERY:
                began, known_before, lost_before = self._outcomes.pop()
                self._outcomes.append((began, known_before + known, lost_before + lost))
            else:
                self._outcomes.append((now, known, lost))
        if self._recent and not self._calm(came, now):
            self._judge(now)
        missing = self.sent.newly_missing()
        return missing if self.loss > UNSAFE else []

    def _calm(self, came: Came | None, now: float) -> bool:
        """Whether a message tells nothing that the last judgement did not know: no queue, no loss, no trial under way. Most do, and there are a
        thousand a second."""
        if self.full or self._probe_goal or self.sent.missing or came is None or now - self._judged_at > JUDGED_EVERY:
            return False
        return self._standing < PROVED and came.least - self._least_base < PROVED

    def _judge(self, now: float) -> None:
        self._judged_at = now
        newest = self._recent[-1].last
        if len(self._recent) > 1:
            newest = max(newest, self._recent[-2].last)
        while self._recent and (self._recent[0].last < newest - RATE_OVER or self._recent[0].first > newest + 1.0):
            self._recent.popleft()
        least = self._least_since(newest - WHILE)
        self._remember(least, now)
        self._least_base = min([base for _, base in self._bases])
        queue = least - self._least_base
        self._measure(newest)
        while self._outcomes and self._is_past(self._outcomes[0], now):
            _, known, lost = self._outcomes.popleft()
            self._counted -= known
            self._counted_lost -= lost
        self.loss = self._counted_lost / self._counted if self._counted >= ENOUGH else 0.0
        if queue <= QUEUE:
            self._over_since = None
        elif self._over_since is None:
            self._over_since = now
        self._standing = queue
        waits = queue > QUEUE or (self.full and queue > DRAINED)
        carried = self._carried(newest, least - queue) if waits else 0
        if waits and (self.full or self._is_full(queue, carried, now)):
            self._overused(carried, queue, now)
        elif self.loss > LOSSY:
            self.full = False
            self._lossy(now)
        else:
            self.full = False
            if queue < PROVED:
                self._grow(now)

    def _is_past(self, outcome: tuple[float, int, int], now: float) -> bool:
        """Whether an outcome no longer counts: it is old, or older than it must be for enough packets."""
        at, known, _ = outcome
        return at < now - LOSS_LONGEST or (at < now - LOSS_OVER and self._counted - known >= ENOUGH)

    def _least_since(self, since: float) -> float:
        """The least delay of what arrived since then."""
        least = float("inf")
        for came in self._recent:
            if came.last < since or came.least >= least:
                continue
            if came.first >= since:
                least = came.least
            else:
                least = min(least, *(delay for at, delay in zip(came.arrivals, came.delays, strict=True) if at >= since))
        return least

    def _measure(self, newest: float) -> None:
        """Keep `rate` up to date. Of the oldest message that part counts which is not too old."""
        oldest = self._recent[0]
        began = max(oldest.first, newest - RATE_OVER)
        octets = float(sum([came.octets for came in self._recent]))
        if began > oldest.first:
            octets -= oldest.octets * (began - oldest.first) / (oldest.last - oldest.first)
        self.rate = int(octets * 8 / max(0.1, newest - began))

    def _is_full(self, queue: float, carried: int, now: float) -> bool:
        """Whether a queue is more than a keyframe that is on its way: it lasts, is very long, overflows, a probe has made it, or much more
        was sent than the line carries."""
        lasts = self._over_since is not None and now - self._over_since >= LASTING
        return lasts or queue > FLOOD or self._holes > OVERFLOWS or self._probe_goal > 0 or carried < self._offered() * TOO_MUCH

    def _remember(self, least: float, now: float) -> None:
        """The least delay of each second of the last ten: clocks drift, and a path may have changed."""
        if self._bases and now - self._bases[-1][0] < 1.0:
            self._bases[-1] = (self._bases[-1][0], min(least, self._bases[-1][1]))
        else:
            self._bases.append((now, least))
        while self._bases[0][0] < now - BASE_SECONDS:
            self._bases.popleft()

    def _carried(self, newest: float, base: float) -> int:
        """What the line carries, bit/s: the pace of those that waited, since the line sent them one behind the other."""
        since, waits = newest - 2 * WHILE, base + DRAINED
        lately = (came for came in self._recent if came.last >= since)
        packets = (packet for came in lately for packet in zip(came.arrivals, came.delays, came.sizes, strict=True))
        waited = [(at, size) for at, delay, size in packets if at >= since and delay > waits]
        self._paced = len(waited) >= 4 and waited[-1][0] - waited[0][0] >= 0.02
        if not self._paced:
            return self.rate
        return int(sum(size for _, size in waited[1:]) * 8 / (waited[-1][0] - waited[0][0]))

    def _overused(self, carried: int, queue: float, now: float) -> None:
        flood = carried < self._offered() * TOO_MUCH
        if self._probe_goal and not flood:
            # The probe has filled the line, not the media: what was proved before it holds.
            self.budget = max(FLOOR, min(self.budget, self._before_probe))
            self._tried_at = self._cut_at = now
            self._end_probe(now)
        elif flood or now - self._tried_at > PROBE_DRAINS:
            self._end_probe(now)
            # A queue that shrinks needs time and nothing else: what arrives meanwhile is what was sent, and tells nothing of the line.
            # Of a line that was flooded, what arrives while it drains was sent before, and lengthens the queue still.
            awaited = self._flooded and now < self.drained_at
            cut = not self.full or (not awaited and self._stands(queue, now))
            if cut:
                self._cut_at = self._flooded_at = now
                self._flood, self._flooded = (self.budget, self._offered()), flood
                room = self._room_of(carried, self._flood[1])
                # A queue that stands though the line was not flooded drains by what is left out.
                self.budget = max(FLOOR, min(self.budget, int(room * SHRINK) if self.full and not flood else room))
            elif now < self.drained_at and self._paced:
                # While it drains, more and more is known of what it carries. Of what told it first, some may have come before the line was full.
                known = max(FLOOR, min(self._flood[0], self._room_of(carried, self._flood[1])))
                hasty = now - self._cut_at < 2 * WHILE and known < self.budget * HASTY
                self.budget = known if hasty else max(self.budget, known)
            if (queue > LONG or flood) and (not self.full or flood or now < self.drained_at):
                self._drain(queue, now)
            self.alarm |= not self.full
        if not self.full or now - self._looked_at > SHRINKS_WITHIN:
            self._queue, self._looked_at = queue, now
        self.full = True

    def _drain(self, queue: float, now: float) -> None:
        """What waits must go before sound is in time again: that is what was sent while the newest packet that is told of was under way. It goes by what sound
        leaves of the line. Where the queue has overflowed, what was sent last may be lost and never told of; no more waited than a queue holds when the pictures
        stopped, and since then sound alone has come."""
        if now >= self.drained_at:
            self._drains_since, self._draining = now, True
        room = max(FLOOR, self.budget)
        until = now + (self._sound * queue + self.sent.unanswered()) / room
        if self._holes > OVERFLOWS:
            until = min(until, self._drains_since + (self._sound + room) * queue / room)
        self.drained_at = max(now, min(until, now + DRAIN_WITHIN))

    def _stands(self, queue: float, now: float) -> bool:
        """Whether the queue of a full line does not shrink by what was done about it."""
        since, grown = now - self._looked_at, queue - self._queue
        return (since > SHRINKS_WITHIN and grown > -max(SHRINKS_BY, SHRINKS_FROM * (queue - QUEUE))) or (
            since > 2 * WHILE and grown > GROWS_BY
        )

    def _room_of(self, carried: int, offered: int) -> int:
        """What a full line leaves for pictures, which get only their part of it while sound, that has no numbers, fights for its own."""
        whole = carried * (1 + self._sound / max(offered, carried, 1))
        return max(0, int((whole - self._sound) * BACK_OFF))

    def _offered(self) -> int:
        """bit/s that was lately sent with numbers."""
        (began, before), (ended, total) = self._totals[0], self._totals[-1]
        return int((total - before) * 8 / (ended - began)) if ended > began else 0

    def _lossy(self, now: float) -> None:
        self._end_probe(now)
        if now - self._cut_at > 0.5:
            self.budget = max(FLOOR, int(self.budget * (1 - 0.5 * self.loss)))
            self._cut_at = now

    def _grow(self, now: float) -> None:
        """What arrived without a queue is proved. After a cut, growth waits until the line has shown that it is empty."""
        if now - self._cut_at < 1.0:
            return
        if self.rate > self.budget * 0.9:
            self.budget = min(CEILING, max(int(self.budget * 1.02), self.rate))

    def answers(self, now: float) -> bool:
        """False for a client that has agreed to tell what arrives and does not."""
        return self.used or self.sent.unheard_since is None or now - self.sent.unheard_since < NEVER_HEARD

    def room(self, now: float) -> int:
        """bit/s for pictures at this moment."""
        return 0 if self.silent or now < self.drained_at else self.budget

    def relieved(self, now: float) -> bool:
        """Whether the line has room for more than it must carry, such as repairs: in a queue they would come too late, and lengthen it."""
        return not (self.full or self.silent or now < self.drained_at)

    def narrow(self, now: float) -> bool:
        """Whether the line has lately shown that it takes no more than the budget."""
        return self.full or now - self._cut_at < NARROW_FOR

    # probing

    def probe(self, goal: int, now: float) -> None:
        """Try whether the line takes `goal` bit/s; harmless to repeat. What is to be padded is told by `owed`."""
        rests = now < max(self._quiet_until, self._cut_at + PROBE_REST, self.drained_at + PROBE_REST)
        if self._probe_goal or self.full or self.silent or not self.used or rests or goal <= self.budget:
            return
        self._probe_goal = min(goal, CEILING)
        self._before_probe = self.budget
        fresh = self._heard_at is not None and now - self._heard_at < 2 * WHILE
        self._probe_rate = max(self.rate if fresh else 0, self._media, self.budget // 2) * 1.15
        self._probe_step_at = self._probe_began = self._owed_at = now
        self._owed = 0.0

    def owed(self, now: float) -> int:
        """Bytes of padding to send now, so that what is sent reaches the rate of the probe. Called every tick."""
        if self.silent:
            # Now and then one packet, so that a line that answers again is noticed.
            if now - self._owed_at < KNOCK_EVERY:
                return 0
            self._owed_at = now
            return 1
        if not self._probe_goal:
            return 0
        if self.budget >= self._probe_goal:
            self._probe_goal = 0
            self._pause = PAUSE_FIRST
            return 0
        if now - self._probe_began > PROBE_WITHIN:
            self._end_probe(now)
            return 0
        if now - self._probe_step_at >= PROBE_STEP:
            self._probe_step_at = now
            if self._standing < PROBE_HOLDS:
                self._probe_rate = min(self._probe_rate * PROBE_GROWTH, self._probe_goal * 1.1)
        self._owed += max(0.0, self._probe_rate - self._media) / 8 * (now - self._owed_at)
        self._owed_at = now
        whole = int(self._owed)
        self._owed -= whole
        return whole

    def carries(self, media: int, sound: int) -> None:
        """Tell what the chosen layers and the sound need, bit/s."""
        self._media, self._sound = media, sound

    def _end_probe(self, now: float) -> None:
        if self._probe_goal:
            self._probe_goal = 0
            self._quiet_until = now + self._pause
            self._pause = min(PAUSE_LONGEST, self._pause * 2)

    # silence

    def look(self, now: float) -> None:
        """Every tick."""
        if not self.used:
            return
        if self._draining and now >= self.drained_at:
            # Nobody shall wait for a picture longer than the queue takes.
            self._draining, self.alarm = False, True
        if self.sent.unheard_since is not None and now - self.sent.unheard_since > SILENCE:
            if not self.silent:
                self.silent = True
                self.budget = max(FLOOR, self.budget // 2)
                self._end_probe(now)
        elif self.full and self._heard_at is not None and now - self._heard_at > 1.0:
            # Nothing is under way any more, so nothing waits: a queue that nobody fills is none.
            self.full = False
