"""What kind of case it is, as everybody reads it who is asked to take or to assist in one: corrected for all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from cases.assistance import Share
from cases.vocabulary import CaseStage, DisputeKind
from realtime import audience
from tests.realtime.simulation import BEGIN, World


def offered() -> tuple[World, Any]:
    world = World(1, 0)
    world.dossier.case.stage, world.dossier.case.offered_to = CaseStage.DISPATCHED, ["chen"]
    return world, lambda shown: shown["desk/chen|own"]["orders"]["case"]


def asked() -> tuple[World, Any]:
    world = World(1, 0)
    world.dossier.case.joint = [Share("j1", "liulin", "柳林镇调委会", "土地", "王调解员", BEGIN, ["chen"])]
    return world, lambda shown: shown["desk/chen|own"]["requests"]["case"]


@pytest.mark.parametrize("made", [offered, asked])
def test_a_corrected_kind_reaches_whoever_is_asked(made: Any) -> None:
    world, read = made()
    assert read(audience.fragments(world.dossier))["kind"] == "dispute"
    world.dossier.case.kind = DisputeKind.MATTER
    assert read(audience.fragments(world.dossier))["kind"] == "matter"
