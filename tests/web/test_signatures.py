"""Signatures by keys that the signers keep: what is signed is what was confirmed, one goes after the other, and nothing half done stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from pypdf import PdfReader

import web.signatures
from agreements import commands as a
from agreements.acts import Way
from cases.actor import Actor
from cases.errors import Conflict, Invalid, OutOfTurn, TooMuch
from cases.vocabulary import SessionStage
from rehearsal.device_key import DeviceKey, demand_seen
from rehearsal.hand import scribble
from rooms import commands as c
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG
from web.signatures import Signatures

pytestmark = pytest.mark.anyio


class Signer:
    """A person with a device: `frozen` and the text's hash are what the page has shown."""

    def __init__(self, at: Agreeing, actor: Actor, name: str, text: str) -> None:
        self.at, self.actor, self.key = at, actor, DeviceKey()
        self.says = {"hash": text, "name": name, "intent": True}

    async def do(self, command: Any) -> dict[str, Any]:
        return await self.at.session.do(command, self.actor)

    async def prepare(self) -> dict[str, Any]:
        case = self.at.session.case
        asked = await self.do(a.BeginSigning(case, key=self.key.public, **self.says))
        proof = self.key.sign(asked["request"])
        return await self.do(a.PrepareSignature(case, key=self.key.public, proof=proof, strokes=scribble(), **self.says))

    async def complete(self, told: dict[str, Any]) -> dict[str, Any]:
        data, agreement = await self.at.present()
        demand_seen(told, data, agreement.summary()["frozen"])
        return await self.do(a.CompleteSignature(self.at.session.case, told["ticket"], self.key.sign(told["attributes"])))


def signatures_of(at: Agreeing) -> Signatures:
    return at.session.house.desk.ceremony._signatures  # type: ignore[union-attr]


async def signed_in_order(at: Agreeing) -> list[str]:
    return list((await at.present())[1].summary()["signed"])


async def where_keys_lay(at: Agreeing) -> list[str]:
    """As the chain tells it."""
    ledger = await at.session.house.reader.ledger(at.session.case)
    return [payload["key"] for entry, _, payload in ledger if entry.kind == "agreement.signed" and payload is not None]


@pytest.fixture
async def signers(tmp_path: Path) -> AsyncIterator[list[Signer]]:
    async with agreeing(tmp_path / "data", sign_code="off") as at:
        text = await at.open_signing()
        names = (await at.present())[1].names
        yield [Signer(at, actor, names["m" if actor is WANG else actor.id], text) for actor in (*at.parties, WANG)]


async def test_everybody_signs_with_a_key_of_their_own(signers: list[Signer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, parties = signers[0].at, signers[:2]
    monkeypatch.setattr(web.signatures, "LEASE", timedelta(minutes=1))
    with pytest.raises(OutOfTurn) as early:
        await signers[2].prepare()
    assert early.value.code == "too_early"

    told = await parties[0].prepare()
    # Prepared again and again it holds the others back no longer than once.
    until = [one.until for one in signatures_of(at)._pending.values()]
    # Both at once: the second is prepared when the first is through, on the file that the first has made.
    told = await parties[0].prepare()
    assert [one.until for one in signatures_of(at)._pending.values()] == until
    waiting = asyncio.create_task(parties[1].prepare())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await parties[0].complete(told)
    async with asyncio.timeout(20):
        await parties[1].complete(await waiting)
    await signers[2].complete(await signers[2].prepare())
    assert (await signed_in_order(at))[2:] == ["m"]
    await at.session.do(a.SealAgreement(at.session.case, signers[0].says["hash"]))
    data, agreement = await at.present()
    assert agreement.stage == "effective", "our own validator has passed the file"
    (tmp_path / "agreement.pdf").write_bytes(data)
    keys = set()
    for name, field in (PdfReader(tmp_path / "agreement.pdf").get_fields() or {}).items():
        if name in {"Party1", "Party2", "Mediator"}:
            content = cms.ContentInfo.load(bytes(field["/V"]["/Contents"]))["content"]
            keys |= {each.chosen.public_key.dump() for each in content["certificates"]}
    assert keys >= {signer.key.public for signer in signers}
    assert await where_keys_lay(at) == ["device"] * 3


async def test_who_was_overtaken_signs_the_new_file_with_the_same_key(signers: list[Signer], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = signers
    at, issued = first.at, []
    monkeypatch.setattr(web.signatures, "LEASE", timedelta())
    providers = at.app.state.bundles._providers
    certify = providers.certify

    async def counted(*arguments: Any) -> Any:
        issued.append(arguments)
        return await certify(*arguments)

    monkeypatch.setattr(providers, "certify", counted)
    told = await first.prepare()
    await second.do(a.SignAgreement(at.session.case, strokes=scribble(), **second.says))
    with pytest.raises(Conflict) as overtaken:
        await first.do(a.CompleteSignature(at.session.case, told["ticket"], first.key.sign(told["attributes"])))
    assert overtaken.value.code == "stale_file"
    again = await first.prepare()
    assert again["base"] != told["base"] and len(issued) == 1
    await first.complete(again)
    assert await where_keys_lay(at) == ["server", "device"]
    with pytest.raises(Conflict) as gone:
        await first.do(a.CompleteSignature(at.session.case, again["ticket"], first.key.sign(again["attributes"])))
    assert gone.value.code == "signature_lapsed"


async def test_what_is_refused(signers: list[Signer], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = signers
    case = first.at.session.case
    for key, proof in ((b"", b""), (first.key.public, bytes(64)), (first.key.public, second.key.sign(b"other"))):
        with pytest.raises(Invalid) as refused:
            await first.do(a.PrepareSignature(case, key=key, proof=proof, strokes=scribble(), **first.says))
        assert refused.value.code == "key_refused"
    with pytest.raises(Invalid) as refused:
        await first.do(a.BeginSigning(case, key=first.key.public, **(first.says | {"name": "别人"})))
    assert refused.value.code == "other_name"
    told = await first.prepare()
    right = first.key.sign(told["attributes"])
    for signer, ticket, signature, code in (
        (first, told["ticket"], second.key.sign(told["attributes"]), "signing_other_key"),
        (first, told["ticket"] + "é", right, "signature_lapsed"),
        (second, told["ticket"], right, "signature_lapsed"),
    ):
        with pytest.raises((Conflict, OutOfTurn)) as failed:
            await signer.do(a.CompleteSignature(case, ticket, signature))
        assert failed.value.code == code
    assert await signed_in_order(first.at) == []
    # Whoever waits for somebody who does not come back is not kept waiting for good, nor is what else it says.
    monkeypatch.setattr(web.signatures, "LEASE", timedelta(seconds=0.3))
    for one in signatures_of(first.at)._pending.values():
        one.over.clear()
    with pytest.raises(Conflict) as busy:
        await second.prepare()
    assert busy.value.code == "busy_signing"
    monkeypatch.setattr(web.signatures, "TICKET", timedelta())
    with pytest.raises(Conflict) as lapsed:
        await first.do(a.CompleteSignature(case, told["ticket"], right))
    assert lapsed.value.code == "signature_lapsed"
    monkeypatch.undo()
    with pytest.raises(TooMuch):
        for _ in range(20):
            with pytest.raises(Invalid):
                await first.do(a.PrepareSignature(case, key=b"", proof=b"", strokes=scribble(), **first.says))


async def test_who_has_not_signed_may_object_and_everything_is_void(signers: list[Signer]) -> None:
    first, second, _ = signers
    at, case = first.at, first.at.session.case
    await first.complete(await first.prepare())
    told = await second.prepare()
    await second.do(a.ObjectTo(case, "金额不对"))
    dossier = await at.dossier()
    assert dossier.room is not None and dossier.agreement is not None
    assert (dossier.room.stage, dossier.agreement.stage, dossier.agreement.void_reason) == (SessionStage.DRAFTING, "drafting", "金额不对")
    with pytest.raises((Conflict, OutOfTurn)):
        await second.do(a.CompleteSignature(case, told["ticket"], second.key.sign(told["attributes"])))
    after = (await at.dossier()).agreement
    assert after is not None and after.ceremony is not None
    assert (after.ceremony.signed, after.ceremony.confirmed) == ((), frozenset())


async def test_after_a_refusal_the_mediator_opens_the_draft_again(signers: list[Signer]) -> None:
    first, second, mediator = signers
    at, case = first.at, first.at.session.case
    await first.complete(await first.prepare())
    await second.do(a.RefuseToSign(case))
    for party in (first, second):
        with pytest.raises(OutOfTurn) as refused:
            await party.do(a.ObjectTo(case, "再商量"))
        assert refused.value.code == "mediator_reopens"
    await mediator.do(a.ObjectTo(case, "再商量"))
    again = await at.freeze(Way.ELECTRONIC)
    with pytest.raises(OutOfTurn) as early:
        await at.session.do(c.MoveStage(case, SessionStage.SIGNING))
    assert early.value.code == "gate_closed", "whoever refused confirms anew like everybody"
    await at.confirm(again)
    await at.session.do(c.MoveStage(case, SessionStage.SIGNING))
    for signer in signers:
        signer.says["hash"] = again
        await signer.complete(await signer.prepare())
    await at.session.do(a.SealAgreement(case, again))
    assert (await at.present())[1].stage == "effective"
    kinds = [entry.kind for entry, _, _ in await at.session.house.reader.ledger(case)]
    assert kinds.index("agreement.ended") < kinds.index("agreement.voided") < kinds.index("agreement.effective")


async def test_back_from_a_refusal_by_the_stage_as_well(signers: list[Signer]) -> None:
    at, case = signers[0].at, signers[0].at.session.case
    await signers[0].do(a.RefuseToSign(case))
    await at.session.do(c.MoveStage(case, SessionStage.OPTIONS))
    await at.session.do(c.MoveStage(case, SessionStage.DRAFTING))
    assert await at.freeze(Way.ELECTRONIC)
