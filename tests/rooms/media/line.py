"""A line in simulated time: what it carries, how it queues, shakes and loses; with a viewer behind it that tells what arrived."""

from __future__ import annotations

import random
from collections.abc import Callable

from rooms.media.allocation import LARGE, Picture, allocate
from rooms.media.congestion import Congestion
from rooms.media.transport_cc import Feedback

STEP = 0.005
AUDIO = 100_000
RATES = (130_000, 700_000)
"""bit/s of all sound, and of a camera's layers."""
CLOCK_OFFSET = 5000.0
"""Seconds by which the viewer's clock is another one."""


class Line:
    """`capacity(t)` in bit/s, `queue` in s of it, `delay` and `jitter` in s, `loss` of 1. Three cameras of two layers go over it."""

    def __init__(
        self,
        capacity: Callable[[float], float],
        *,
        queue: float = 0.25,
        delay: float = 0.02,
        jitter: float = 0.0,
        loss: float = 0.0,
        seed: int = 1,
        drift: float = 0.0,
        audio: int = AUDIO,
        rates: tuple[int, int] = RATES,
    ) -> None:
        self.capacity, self.queue, self.delay, self.jitter, self.loss, self.drift = capacity, queue, delay, jitter, loss, drift
        self.audio, self.rates = audio, rates
        self.random = random.Random(seed)
        self.congestion = Congestion()
        self.now = 100.0
        self._free_at = 0.0
        self._outstanding: dict[int, float] = {}
        """Number → arrival of what is not told yet."""
        self._sent = self._next_told = 0
        self._next_feedback = 0.0
        self._owed = {"media": 0.0, "audio": 0.0}
        self._lately: set[str] = set()
        self._rests = False
        self.layers: dict[str, int | None] = dict.fromkeys("abc")
        self.history: list[tuple[float, dict[str, int | None], int]] = []
        self.audio_lost: list[float] = []
        self.audio_delay: list[float] = []

    def run(self, seconds: float) -> None:
        ends = self.now + seconds
        while self.now < ends:
            self.now += STEP
            self._send()
            self._feed_back()
            tick = round(self.now / STEP)
            if tick % 20 == 0 or (tick % 4 == 0 and self.congestion.alarm):
                self.congestion.alarm = False
                self._adapt()
            if tick % 4 == 0:
                self.congestion.look(self.now)
                for _ in range(-(-self.congestion.owed(self.now) // 300)):
                    self._packet(300)

    def _adapt(self) -> None:
        rates = self.rates
        room = self.congestion.room(self.now)
        levels = {key: 0 if layer is None and self._rests and key in self._lately else layer for key, layer in self.layers.items()}
        found = allocate(room, [Picture(key, LARGE, rates, 1, levels[key], key in self._lately) for key in self.layers])
        self._rests = not room
        self._lately = {str(key) for key, layer in found.layers.items() if layer is not None} or self._lately
        self.layers = {str(key): layer for key, layer in found.layers.items()}
        self.congestion.carries(found.total, self.audio)
        if found.next is not None and self.congestion.used:
            self.congestion.probe(int(found.next * 1.08), self.now)
        self.media = sum(rates[layer] for layer in self.layers.values() if layer is not None)
        self.history.append((self.now, dict(self.layers), self.congestion.budget))

    media = 0

    def _send(self) -> None:
        for name, rate in (("media", self.media), ("audio", self.audio)):
            self._owed[name] += rate / 8 * STEP
        while self._owed["media"] >= 1200:
            self._owed["media"] -= 1200
            self._packet(1200)
        while self._owed["audio"] >= 125:
            self._owed["audio"] -= 125
            arrival = self._carry(125)
            if arrival is None:
                self.audio_lost.append(self.now)
            else:
                self.audio_delay.append(arrival - self.now)

    def _packet(self, size: int) -> None:
        self.congestion.sent.number(size, self.now)
        arrives = self._carry(size)
        if arrives is not None:
            self._outstanding[self._sent] = arrives
        self._sent += 1

    def _carry(self, size: int) -> float | None:
        capacity = self.capacity(self.now - 100)
        waits = max(0.0, self._free_at - self.now)
        if waits > self.queue or self.random.random() < self.loss:
            return None
        self._free_at = max(self._free_at, self.now) + size * 8 / capacity
        return self._free_at + self.delay + self.random.random() * self.jitter

    def _feed_back(self) -> None:
        if self.now < self._next_feedback:
            return
        self._next_feedback = self.now + 0.08
        # What has arrived by now less the way back. What came late is told with the next message, and again what lies between.
        came = {n: at for n, at in self._outstanding.items() if at <= self.now - self.delay}
        if not came:
            return
        first, last = min(self._next_told, *came), max(came)
        self._next_told = max(self._next_told, last + 1)
        for n in came:
            del self._outstanding[n]
        clock = 1 + self.drift
        times = [came[n] * clock + CLOCK_OFFSET if n in came else None for n in range(first, last + 1)]
        self.congestion.told(Feedback(first & 0xFFFF, times, times.count(None)), self.now)

    def shown(self, since: float) -> list[int]:
        """How many pictures were shown at each look since a time."""
        return [sum(layer is not None for layer in layers.values()) for at, layers, _ in self.history if at - 100 >= since]

    def large(self, since: float) -> list[int]:
        return [sum(layer == 1 for layer in layers.values()) for at, layers, _ in self.history if at - 100 >= since]
