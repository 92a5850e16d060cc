"""Every part of the signing benchmark does what it says, at a size that proves it and measures nothing."""

from __future__ import annotations

import pytest
import uvloop

from benchmarks import agreements, signing
from benchmarks.figures import Figure


def by_name(found: list[Figure]) -> dict[str, Figure]:
    return {f.name: f for f in found}


@pytest.mark.every
def test_a_freeze_and_the_pause_meanwhile() -> None:
    found = by_name(uvloop.run(signing.freezes(rounds=1, clauses=6)))
    assert (found["sign.freeze"].goal, found["sign.freeze.pause"].goal) == (1.0, 20.0)
    assert found["sign.freeze"].value > 0 and found["sign.freeze.pause"].value > 0


@pytest.mark.every
def test_several_sign_at_once_and_the_file_holds() -> None:
    found = by_name(uvloop.run(signing.five(signers=3)))
    assert found["sign.five"].goal == 1.5 and found["sign.five.seal"].value > 0


def test_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreements, "SAMPLES", 1)
    monkeypatch.setattr(agreements, "LONG", 2)
    found = by_name(agreements.pieces())
    assert (found["sign.blt"].goal, found["sign.seal"].goal) == (250, 400)
