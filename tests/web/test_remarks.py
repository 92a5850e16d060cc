"""Remarks by command: told in the room, accepted into the text in one transaction, and refused where the text has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agreements.commands import AnswerRemark, MakeRemark, ReopenRemark, SettleRemark
from agreements.history import redline
from cases.errors import Refusal
from rooms import commands as c
from storage.drafts import read_log
from tests.web.live_session import Session
from tests.web.test_clauses import drafting

pytestmark = pytest.mark.anyio


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


async def text(session: Session, clause: str) -> str:
    dossier = await session.house.reader.dossier(session.case)
    assert dossier.agreement is not None
    log = await read_log(dossier.agreement.document)
    versions = redline(log, 0, 1) if len(log) == 1 else redline(log, 1, 2)
    return "".join(piece.text for one in versions if one.id == clause for piece in one.pieces if piece.op != "removed")


async def agreement(session: Session) -> Any:
    return (await session.house.reader.dossier(session.case)).agreement


async def test_a_wording_is_accepted_into_the_text(tmp_path: Path) -> None:
    async with drafting(tmp_path) as (session, _):
        with refused("draft_wrong_stage"):
            await session.do(MakeRemark(session.case, "facts", "不对"), session.party)
        await session.house.desk.remarks._drafts.draft(await session.house.reader.dossier(session.case))
        said = await text(session, "disputes")
        quote = said[said.index("争议事项") :][:4]
        with refused("words_gone"):
            await session.do(MakeRemark(session.case, "disputes", "", "没有这些字", "别的"), session.party)
        with refused("words_gone"):
            await session.do(MakeRemark(session.case, "nothing", "不对"), session.party)
        made = await session.do(MakeRemark(session.case, "disputes", "说清楚", quote, "双方争的事"), session.party)
        assert (await agreement(session)).summary()["remarks"]["1"]["wording"] == "双方争的事"
        with refused("not_yours"):
            await session.do(SettleRemark(session.case, made["remark"], True), session.party)
        accepted = SettleRemark(session.case, made["remark"], True)
        answers = await asyncio.gather(*(session.do(accepted) for _ in range(3)))
        assert answers == [{"settled": "accepted"}] * 3
        after = await text(session, "disputes")
        assert after.startswith("双方争的事") and quote not in after
        found = await agreement(session)
        assert found.summary()["remarks"] == {}
        log = await read_log(found.document)
        assert [entry.author for entry in log] == ["server", session.party.id], "once, and under whoever proposed it"
        kinds = [(entry.kind, (payload or {}).get("seat")) for entry, _, payload in await session.house.reader.ledger(session.case)]
        assert ("draft.remarked", session.party.id) in kinds and ("draft.settled", "m") in kinds


async def test_words_that_have_changed_are_not_replaced(tmp_path: Path) -> None:
    async with drafting(tmp_path) as (session, _):
        await session.house.desk.remarks._drafts.draft(await session.house.reader.dossier(session.case))
        for wording in ("双方争的事", "所争之事"):
            await session.do(MakeRemark(session.case, "disputes", "", "争议事项", wording), session.party)
        await session.do(SettleRemark(session.case, 1, True))
        with refused("words_gone"):
            await session.do(SettleRemark(session.case, 2, True))
        assert list((await agreement(session)).summary()["remarks"]) == ["2"], "it stays to be settled otherwise"
        await session.do(SettleRemark(session.case, 2, False))
        with refused("remark_settled"):
            await session.do(SettleRemark(session.case, 2, False))
        with refused("no_remark"):
            await session.do(SettleRemark(session.case, 3, True))
        # answered and opened again by command; the written record has nothing of it
        record = len((await session.house.reader.dossier(session.case)).room.record.lines)  # type: ignore[union-attr]
        await session.do(ReopenRemark(session.case, 2), session.party)
        await session.do(AnswerRemark(session.case, 2, "再想想"))
        told = (await agreement(session)).summary()
        assert told["remarks"]["2"]["replies"][0]["text"] == "再想想" and list(told["settled_remarks"]) == ["1"]
        with refused("not_reopened"):
            await session.do(ReopenRemark(session.case, 1))
        kinds = [entry.kind for entry, _, _ in await session.house.reader.ledger(session.case)]
        assert kinds[-2:] == ["draft.reopened", "draft.answered"]
        assert len((await session.house.reader.dossier(session.case)).room.record.lines) == record  # type: ignore[union-attr]
        await session.do(c.OpenCaucus(session.case, [session.party.id]))
        for command in (MakeRemark(session.case, "disputes", "谈话中不改"), AnswerRemark(session.case, 2, "谈话中不说")):
            with refused("draft_wrong_stage"):
                await session.do(command, session.party)
