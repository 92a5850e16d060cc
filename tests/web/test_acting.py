"""A party for whom somebody else sits in the room, from the invitation to the sealed file: the party is bound, and the file says who signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agreements import commands as a
from cases.actor import Actor
from cases.errors import Refusal
from cases.vocabulary import Consent, SeatRole, SessionStage
from evidence.manifest import signers_of
from evidence.verifier import verify_file
from realtime.audience import fragments
from rooms import commands as c
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


async def refusal(at: Agreeing, command: Any, actor: Actor = WANG) -> str:
    with pytest.raises(Refusal) as refused:
        await at.session.do(command, actor)
    return refused.value.code


async def seated(at: Agreeing, party: str, **acts: str) -> Actor:
    """Somebody acts for a party who sat there, is told the rights, and speaks for it."""
    session = at.session
    made = await session.do(c.Invite(session.case, SeatRole.PARTY, party=party, **acts))  # type: ignore[arg-type]
    other = Actor("seat", made["seat"], case_id=session.case, session_id=session.id)
    await session.do(c.MoveStage(session.case, SessionStage.IDENTITY))
    await at.heard(other)
    await session.do(c.GiveFloor(session.case, other.id))
    await session.do(c.SpeakDone(session.case), other)
    return other


async def test_a_guardian_signs_for_a_party(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        session, (one, former) = at.session, at.parties
        guardian = await seated(at, "p2", name="孙某", acts="guardian")
        at.parties = [one, guardian]
        assert guardian.id != former.id and session.room().seats[former.id].revoked
        # A link for the same person is the same seat's.
        again = await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2", name="孙某", acts="guardian"))
        assert again["seat"] == guardian.id
        assert (await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2")))["seat"] == guardian.id
        text = await at.open_signing()
        change = c.Invite(session.case, SeatRole.PARTY, party="p2", name="周某", acts="guardian")
        assert await refusal(at, change) == "text_frozen"

        await at.answer_code(guardian, text)
        with pytest.raises(Refusal, match="孙某"):
            await at.sign(guardian, "赵某", text)
        await at.sign(guardian, "孙某", text)
        await at.answer_code(one, text)
        await at.sign(one, "李某", text)
        await at.sign(WANG, "王调解员", text)
        await session.do(a.SealAgreement(session.case, text))

        title = "孙某（赵某的法定代理人）"
        dossier = await at.dossier()
        assert dossier.agreement is not None and dossier.agreement.names[guardian.id] == title
        pdf = tmp_path / "agreement.pdf"
        pdf.write_bytes(await session.house.blobs.get(dossier.agreement.file))
        verdict = verify_file(pdf)
        assert verdict.ok
        assert [signer.name for signer in signers_of(pdf.read_bytes()) if signer.role == "party"] == [title, "李某"]
        assert [signer["name"] for signer in verdict.signers if signer["role"] == "party"] == [title, "李某"]
        entries = [(entry.kind, payload or {}) for entry, _, payload in await session.house.reader.ledger(session.case)]
        assert [p.get("acts") for kind, p in entries if kind == "agreement.signed"] == ["guardian", None, None]
        assert ("identity.verified", {"seat": guardian.id, "method": "card compared on video, proof of guardianship shown"}) in entries
        # It is the party who owes.
        assert [(one.debtor, one.creditor) for one in dossier.case.performance.obligations] == [("p1", "p2")]
        assert "法定代理人孙某" in dossier.agreement.clauses[0].text
        shown = {name.split("|")[1]: doc for name, doc in fragments(dossier).items() if name.startswith("room/")}
        assert shown[one.id]["seats"][guardian.id]["name"] == title and "acts" not in shown[one.id]["seats"][guardian.id]
        assert shown[guardian.id]["own"]["acts"] == {"name": "孙某", "principal": "赵某", "capacity": "guardian"}


async def test_only_a_special_power_agrees_and_signs(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        session, case = at.session, at.session.case
        both = c.Invite(case, SeatRole.PARTY, party="p2", name="李某", acts="agent", authority="special")
        assert await refusal(at, both) == "acts_for_both"
        assert await refusal(at, c.Invite(case, SeatRole.PARTY, party="p2", name="孙某", acts="agent")) == "authority_needed"
        assert await refusal(at, c.Invite(case, SeatRole.EXPERT, name="孙某", acts="guardian")) == "acts_for_nobody"
        agent = await seated(at, "p2", name="孙某", acts="agent", authority="general")
        at.parties = [at.parties[0], agent]
        await at.write()
        for party in at.parties:
            await session.do(c.GiveConsent(case, Consent.SIGNATURE, True), party)
        text = await at.freeze(a.Way.ELECTRONIC)
        agreement = (await at.dossier()).agreement
        assert agreement is not None
        clause = a.ConfirmClause(case, agreement.clauses[0].id, text)
        assert await refusal(at, clause, agent) == "general_authority"
        made = await session.do(c.Invite(case, SeatRole.PARTY, party="p2", name="孙某", acts="agent", authority="special"))
        assert made["seat"] == agent.id, "a new power of the same person takes nobody's seat"
        await at.confirm(text)
        await session.do(c.MoveStage(case, SessionStage.SIGNING))
        await session.do(c.Invite(case, SeatRole.PARTY, party="p2", name="孙某", acts="agent", authority="general"))
        assert await refusal(at, a.AskCode(case, text), agent) == "general_authority"
        with pytest.raises(Refusal, match="special"):
            await at.sign(agent, "孙某", text)
        await session.do(c.Invite(case, SeatRole.PARTY, party="p2", name="孙某", acts="agent", authority="special"))
        await at.answer_code(agent, text)
        await at.sign(agent, "孙某", text)
        kinds = [entry.kind for entry, _, _ in await session.house.reader.ledger(case)]
        assert kinds.count("seat.authorised") == 3
