"""What the runs of a rehearsal measured, in the shape of the benchmarks' figures. The samples of all runs stand together."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.figures import Figure, figure
from rehearsal.play import Play
from rehearsal.steps.drafting import EDIT


def figures(plays: Iterable[Play]) -> list[Figure]:
    samples: dict[str, list[float]] = {}
    for play in plays:
        for name, found in play.samples.items():
            samples.setdefault(name, []).extend(found)
    told = []
    for name, found in samples.items():
        if name == EDIT:
            told += [figure(f"{name}_p{share:.0f}", "ms", found, quantile=share / 100, digits=1) for share in (50, 99)]
        else:
            told.append(figure(name, "ms", found, digits=1))
    return told
