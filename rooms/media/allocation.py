"""Which pictures a viewer gets, and how large, when the line does not take all of them. Pure.

Sound is never weighed against pictures: it is not in the budget. Everybody's smallest picture comes before anybody's larger one, the
screen and the speaker first. What does not fit is left out; whoever has the widest line gets everything.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

NOMINAL = (120_000, 700_000, 1_500_000)
"""bit/s taken for a layer whose rate was not measured yet."""
STEP_UP = 1.1
"""A picture grows only where the budget leaves a tenth more than it needs: else it would shrink again at once."""
KEPT = 0.95
"""The only picture that is shown stays where the budget lacks a twentieth: on a line that takes just one, rates and budget are not known better."""
FIRST, SPEAKER, LARGE, SMALL = 0, 1, 2, 3
"""Priorities: a shared screen, whoever speaks, a picture shown large, any other."""


class Picture(NamedTuple):
    """A video that a viewer wants. `rates` are its layers from the smallest, in bit/s, 0 where not measured; a layer that is not sent is
    None. `largest` is the layer that the window can use; `now` the one that the viewer gets; `lately` that it was there when last any was."""

    key: Hashable
    priority: int
    rates: Sequence[int | None]
    largest: int
    now: int | None
    lately: bool = False

    def cost(self, layer: int) -> int:
        """bit/s of a layer; a little more than it is measured at where it would be a step up."""
        rate = self.rates[layer] or NOMINAL[min(layer, len(NOMINAL) - 1)]
        return rate if self.now is not None and layer <= self.now else int(rate * STEP_UP)

    @property
    def sent(self) -> list[int]:
        """The layers that can be chosen, from the smallest."""
        layers = [layer for layer, rate in enumerate(self.rates) if rate is not None]
        # Where only larger ones than wished are sent, the least of them is better than nothing.
        return [layer for layer in layers if layer <= self.largest] or layers[:1]


@dataclass(frozen=True, slots=True)
class Allocation:
    """`layers`: what each picture gets, None for nothing. `total`: bit/s of all that. `next`: bit/s of everything with one step more,
    None when nobody could get more."""

    layers: dict[Hashable, int | None]
    total: int
    next: int | None


def allocate(budget: int, pictures: Sequence[Picture]) -> Allocation:
    """Share `budget` bit/s among pictures."""
    layers: dict[Hashable, int | None]
    sent = {p.key: p.sent for p in pictures}
    if sum([max(map(p.cost, sent[p.key]), default=0) for p in pictures]) <= budget:
        # Every step of what follows would fit.
        layers = {p.key: sent[p.key][-1] if sent[p.key] else None for p in pictures}
        return Allocation(layers, sum([p.cost(sent[p.key][-1]) for p in pictures if sent[p.key]]), None)
    # Whoever is seen stays before whoever is not, and comes back before, so that equals do not take turns.
    ordered = sorted(pictures, key=lambda p: (p.priority, p.now is None, not p.lately))
    layers = dict.fromkeys((p.key for p in ordered), None)
    costs: dict[Hashable, int] = dict.fromkeys(layers, 0)
    missing: int | None = None
    for step in range(max(map(len, sent.values()), default=0)):
        for picture in ordered:
            choices = sent[picture.key]
            if step >= len(choices) or (step and layers[picture.key] != choices[step - 1]):
                continue
            layer = choices[step]
            cost, others = picture.cost(layer), sum(costs.values()) - costs[picture.key]
            if not (step or others or picture.now is None):
                cost = int(cost * KEPT)
            total = others + cost
            if total <= budget:
                layers[picture.key], costs[picture.key] = layer, cost
            elif missing is None:
                missing = total
    return Allocation(layers, sum(costs.values()), missing)
