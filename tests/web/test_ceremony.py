"""Signing at the desk that prints, signs and seals: what is asked before a key is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agreements.agreement import Agreement
from agreements.ceremony import Ceremony, Signer, Stage
from agreements.commands import SignAgreement
from cases.actor import Actor
from cases.case import Case
from cases.clock import SystemClock
from cases.errors import OutOfTurn
from cases.vocabulary import CaseStage, Consent, DisputeKind, Role, SeatRole, SeatState, SessionStage
from rehearsal.hand import scribble
from rooms import commands as c
from rooms.handling import invite, open_room
from storage.dossier import Dossier
from tests.web.agreeing import agreeing
from web.ceremony import CeremonyDesk

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
WANG = Actor(kind="account", id="wang", name="王调解员", role=Role.MEDIATOR, org="committee", region="139901")
pytestmark = pytest.mark.anyio


class Held:
    """Reads this one dossier; no command was answered before."""

    def __init__(self, held: Dossier) -> None:
        self.held = held

    async def receipt(self, key: str) -> None:
        return None

    async def dossier(self, case_id: str) -> Dossier:
        return self.held


def at_signing(consent: bool) -> Dossier:
    """The ceremony holds a consent of the party; `consent` is what the party says now."""
    room, _ = open_room("case-r1", "case", WANG, NOW)
    seat, _ = invite(room, c.Invite("case", SeatRole.PARTY, party="p1"), "李某")
    seat.state, seat.consents, room.stage = SeatState.ADMITTED, {str(Consent.SIGNATURE): consent}, SessionStage.SIGNING
    case = Case(
        id="case", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=CaseStage.MEDIATING, title="相邻排水", facts="", place="",
        region="139901001", region_name="城关镇", source="当事人申请", reported_at=NOW, session_id=room.id,
    )  # fmt: skip
    ceremony = Ceremony((Signer("s1", "party"),), stage=Stage.SIGNING, consented=frozenset({"s1"}))
    return Dossier(case, room, Agreement("document", ceremony=ceremony, names={"s1": "李某"}))


@pytest.mark.parametrize(("consent", "name", "code"), [(False, "李某", "no_consent"), (True, "赵某", "other_name")])
async def test_who_took_the_consent_back_signs_no_more(consent: bool, name: str, code: str) -> None:
    unused: Any = None
    with ThreadPoolExecutor(1) as pool:
        desk = CeremonyDesk(unused, Held(at_signing(consent)), unused, unused, SystemClock(), pool, unused, unused, "", unused, unused)  # type: ignore[arg-type]
        party = Actor(kind="seat", id="s1", case_id="case", session_id="case-r1")
        with pytest.raises(Exception) as refused:
            await desk.do(SignAgreement("case", "0" * 64, scribble(), name, True), party, "key")
    assert refused.value.code == code  # type: ignore[attr-defined]
    assert consent or isinstance(refused.value, OutOfTurn)


async def test_a_text_that_nobody_has_opened_yet_is_frozen_no_sooner_than_it_is_complete(folder: Path) -> None:
    async with agreeing(folder) as at:
        await at.session.do(c.MoveStage(at.session.case, SessionStage.DRAFTING))
        assert (await at.dossier()).agreement is None
        with pytest.raises(OutOfTurn) as refused:
            await at.freeze()
        assert refused.value.code == "incomplete" and refused.value.detail["missing"]
        assert (await at.dossier()).agreement is None, "a refusal begins nothing"
