"""The draft of a private talk on the real store: written by those inside, kept over a restart, refused to everybody else, gone on with in the next talk, brought back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agreements.commands import AgreeToBring, BringBack, OpenPrivateDraft, SettleRemark
from agreements.guard import MAX_UPDATE
from agreements.remarks import PROPOSED_LIMIT
from agreements.update_format import read_state_vector
from cases.actor import Actor
from cases.errors import Refusal
from cases.vocabulary import SeatRole, SessionStage
from realtime.audience import fragments
from realtime.messages import Ask, Done, DraftState, DraftUpdate
from rehearsal.hand import Hand
from rooms import commands as c
from storage.drafts import read_log
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG, signed_in, until
from tests.web.writing import Teller
from web.drafting import DraftDesk
from web.private_drafts import PrivateDraftDesk

pytestmark = pytest.mark.anyio


@contextmanager
def refused(code: str) -> Any:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code, caught.value.code


class Line:
    """Somebody's connection, as far as drafts need one."""

    disconnected = False

    def __init__(self, actor: Actor) -> None:
        self.actor, self.told = actor, list[Any]()

    def last(self, kind: type) -> Any:
        return next(message for message in reversed(self.told) if isinstance(message, kind))


class Talk:
    """The session of `agreeing`, and what its people send about drafts."""

    def __init__(self, there: Agreeing) -> None:
        self.there, self.session, self.case = there, there.session, there.session.case
        self.one, self.two = there.parties
        self.start()

    def start(self) -> None:
        """Desks that know nothing but what is stored, as after a restart."""
        house, hub = self.session.house, Teller()
        self.desk = DraftDesk(hub, house.store, house.reader, house.clock)  # type: ignore[arg-type]
        self.private = PrivateDraftDesk(hub, house.store, house.reader, self.desk, house.clock, house.pool)  # type: ignore[arg-type]
        assert any(isinstance(getattr(follower, "__self__", None), DraftDesk) for follower in house.nodes.followers)
        house.nodes.listeners = [one for one in house.nodes.listeners if not isinstance(one, DraftDesk)] + [self.desk]
        house.desk.remarks._drafts, house.desk.private_drafts = self.desk, self.private  # type: ignore[union-attr]

    async def do(self, command: Any, actor: Actor = WANG) -> dict[str, Any]:
        return await self.session.do(command, actor)

    async def line(self, actor: Actor, document: str) -> tuple[Line, Hand]:
        line: Any = Line(actor)
        await self.desk.handle(line, Ask("k", "draft_open", self.session.id, document=document))
        state = line.last(DraftState)
        assert state.document == document or not document
        return line, Hand(state.client, state.state)

    async def send(self, line: Any, hand: Hand, document: str) -> int:
        await self.desk.handle(line, DraftUpdate("k", self.session.id, document, hand.take()))
        return int(line.last(Done).result["seq"])

    async def changes(self, actor: Actor, document: str) -> dict[str, Any]:
        line: Any = Line(actor)
        await self.private.handle(line, Ask("k", "draft_changes", self.session.id, document=document))
        return dict(line.last(Done).result)

    async def chain(self, talk: str = "") -> list[tuple[str, dict[str, Any]]]:
        name = f"{self.case}/{talk}" if talk else self.case
        return [
            (entry.kind, payload or {}) for entry, _, payload in await self.session.house.reader.ledger(self.case) if entry.chain == name
        ]

    async def views(self) -> dict[str, Any]:
        return fragments(await self.there.dossier())

    def talk_id(self) -> str:
        caucus = self.session.room().caucus
        assert caucus is not None
        return caucus.id


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with agreeing(tmp_path) as there:
        yield Talk(there)


async def test_it_is_written_by_those_inside_survives_a_restart_and_is_nothing_to_anybody_else(talk: Talk) -> None:
    with refused("no_caucus"):
        await talk.do(OpenPrivateDraft(talk.case), talk.one)
    await talk.do(c.OpenCaucus(talk.case, [talk.one.id]))
    await until(talk.session.private)
    before, main = await talk.views(), await talk.chain()
    with refused("caucus_waiting"):
        await talk.do(OpenPrivateDraft(talk.case), talk.two)
    with refused("no_agreement"):
        await talk.line(talk.one, "")  # everybody's text is not begun from inside a private talk
    document = (await talk.do(OpenPrivateDraft(talk.case), talk.one))["document"]
    assert document == f"agreement/{talk.talk_id()}/1"
    assert (await talk.do(OpenPrivateDraft(talk.case, True)))["document"] == document
    (mediators, m), (ones, s1) = await talk.line(WANG, document), await talk.line(talk.one, document)
    m.write("terms-1", "底价一千元。")
    assert await talk.send(mediators, m, document) == 2
    s1.receive(talk.desk._drafts[document].live.updates_since())
    s1.write("terms-1", "可以分两期。")
    assert await talk.send(ones, s1, document) == 3

    # the guard is the same: author, kind of clause, size
    other = Hand(99, talk.desk._drafts[document].live.updates_since())
    other.write("terms-1", "冒名。")
    with refused("draft_foreign_author"):
        await talk.send(ones, other, document)
    s1.write("facts", "改事实。")
    with refused("draft_may_not_edit_clause"):
        await talk.send(ones, s1, document)
    with refused("draft_too_large"):
        await talk.desk.handle(ones, DraftUpdate("k", talk.session.id, document, b"0" * (MAX_UPDATE + 1)))

    # outside there is no such thing, whatever is tried and whether it exists
    outside: Any = Line(talk.two)
    for name in (document, "agreement/x/1"):
        with refused("no_draft"):
            await talk.desk.handle(outside, Ask("k", "draft_open", talk.session.id, document=name))
        with refused("no_draft"):
            await talk.changes(talk.two, name)
        with refused("draft_reopen"):
            await talk.desk.handle(outside, DraftUpdate("k", talk.session.id, name, b"\0\0"))
    with refused("no_draft"):
        await talk.do(AgreeToBring(talk.case, ""), talk.two)
    assert outside.told == []
    after = await talk.views()
    inside = {f"room/{talk.session.id}|m", f"room/{talk.session.id}|{talk.one.id}"}
    assert {name for name in before if before[name] != after[name]} == inside
    assert await talk.chain() == main and (await talk.there.dossier()).agreement is None

    talk.start()
    _, again = await talk.line(talk.one, document)
    assert again.text("terms-1") == "底价一千元。可以分两期。" and len(await read_log(document)) == 3
    assert after[f"room/{talk.session.id}|m"]["caucus"]["draft"] == {"document": document, "agreed": {}}

    # who leaves the talk has it open no more; with the talk it closes
    line, hand = await talk.line(talk.one, document)
    id_ = talk.talk_id()
    nodes = talk.session.house.nodes
    nodes.listeners.remove(talk.desk)  # the talk is ended on another node
    await talk.do(c.CloseCaucus(talk.case))
    hand.write("terms-1", "太晚了。")
    with refused("draft_wrong_stage"):
        await talk.send(line, hand, document)
    talk.desk.follow(await talk.there.dossier())
    with refused("draft_reopen"):
        await talk.send(line, hand, document)
    nodes.listeners.append(talk.desk)
    with refused("no_draft"):
        await talk.line(talk.one, document)
    inner = await talk.chain(id_)
    assert [kind for kind, _ in inner] == ["private_draft.opened", "private_draft.closed"]
    last = (await read_log(document))[-1]
    assert (inner[1][1]["seq"], inner[1][1]["head"]) == (3, last.entry_hash) and inner[0][1]["seq"] == 1

    # afterwards it is read by those who were inside, and by nobody else
    address = f"/api/agreements/{talk.case}/private-drafts/"
    for who, code in (({"account": "wang"}, 200), ({"seat": talk.one.id}, 200), ({"seat": talk.two.id}, 404), ({"account": "centre"}, 404)):
        async with signed_in(talk.there.app, talk.session, **who) as http:
            answer = await http.get(address + id_)
            assert answer.status_code == code
            if code == 404:
                assert answer.json() == (await http.get(address + "nothing")).json()
            else:
                told = next(one for one in answer.json()["clauses"] if one["id"] == "terms-1")
                assert "".join(piece["text"] for piece in told["pieces"]) == "底价一千元。可以分两期。"
    docs = await talk.views()
    has = {name for name, doc in docs.items() if "private_drafts" in doc}
    assert has == inside and list(docs[f"room/{talk.session.id}|m"]["private_drafts"]) == [id_]


async def test_it_is_gone_on_with_crosses_and_comes_back_as_proposals(talk: Talk) -> None:
    await talk.do(c.MoveStage(talk.case, SessionStage.DRAFTING))
    everybodys, own = await talk.line(WANG, "")
    own.write("terms-1", "李某赔付。")
    name = everybodys.last(DraftState).document
    await talk.send(everybodys, own, name)
    await talk.do(c.OpenCaucus(talk.case, [talk.one.id]))
    document = (await talk.do(OpenPrivateDraft(talk.case)))["document"]
    with refused("nothing_to_bring"):
        await talk.do(AgreeToBring(talk.case, "0" * 64), talk.one)
    assert (await talk.changes(WANG, document)) == {"digest": "", "changes": []}
    line, hand = await talk.line(talk.one, document)
    hand.write("terms-1", "底价一千元。")
    await talk.send(line, hand, document)
    await talk.do(c.CloseCaucus(talk.case))

    # everybody writes on; in the next talk of the same people the draft is gone on with, and what crosses is told
    everybodys, own = await talk.line(talk.two, "")
    own.write("terms-1", "赵某不同意。")
    await talk.send(everybodys, own, name)
    await talk.do(c.OpenCaucus(talk.case, [talk.two.id]))
    assert "earlier" not in (await talk.views())[f"room/{talk.session.id}|{talk.two.id}"]["caucus"]
    await talk.do(c.CloseCaucus(talk.case))
    await talk.do(c.OpenCaucus(talk.case, [talk.one.id]))
    assert (await talk.views())[f"room/{talk.session.id}|{talk.one.id}"]["caucus"]["earlier"] is True
    second = talk.talk_id()
    assert (await talk.do(OpenPrivateDraft(talk.case), talk.one))["document"] == document
    shown = await talk.changes(talk.one, document)
    (change,) = shown["changes"]
    assert change["crosses"] and change["clause"] == "terms-1"
    assert "底价一千元" in "".join(text for op, text in change["pieces"] if op == "added")

    # agreed to by the party, exactly as shown; a word more and it is another thing
    digest = shown["digest"]
    for command, actor, code in (
        (BringBack(talk.case, digest), WANG, "not_agreed"),
        (BringBack(talk.case, digest), talk.one, "not_allowed"),
        (AgreeToBring(talk.case, digest), WANG, "not_allowed"),
        (AgreeToBring(talk.case, "0" * 64), talk.one, "draft_changed"),
        (BringBack(talk.case, digest), talk.two, "not_allowed"),
        (AgreeToBring(talk.case, digest), talk.two, "no_draft"),
    ):
        with refused(code):
            await talk.do(command, actor)
    await talk.do(AgreeToBring(talk.case, digest), talk.one)
    line, hand = await talk.line(talk.one, document)
    hand.write("terms-1", "分两期。")
    await talk.send(line, hand, document)
    with refused("draft_changed"):
        await talk.do(BringBack(talk.case, digest))
    digest = (await talk.changes(WANG, document))["digest"]
    with refused("not_agreed"):
        await talk.do(BringBack(talk.case, digest))
    await talk.do(AgreeToBring(talk.case, digest), talk.one)
    clients = {hand.doc.client_id for hand in (hand,)}
    main = await talk.chain()
    assert (await talk.session.house.desk.do(BringBack(talk.case, digest), WANG, "key")) == {"proposed": 1}
    assert (await talk.session.house.desk.do(BringBack(talk.case, digest), WANG, "key")) == {"proposed": 1}, "sent again after a cut"
    assert [kind for kind, _ in (await talk.chain())[len(main) :]] == ["caucus.closed", "draft.remarked"]
    assert [kind for kind, _ in await talk.chain(second)][-3:] == [
        "private_draft.agreed",
        "private_draft.brought_back",
        "private_draft.closed",
    ]

    # everybody reads it as the mediator's; accepted, it is the server's writing
    told = (await talk.views())[f"room/{talk.session.id}|{talk.two.id}"]["agreement"]["remarks"]["1"]
    assert told["seat"] == "m" and told["proposal"] == {
        key: shown_ for key, shown_ in told["proposal"].items() if key in ("how", "heading", "pieces")
    }
    log = await read_log(name)
    await talk.do(SettleRemark(talk.case, 1, True))
    draft = await talk.desk.draft(await talk.there.dossier())
    assert "底价一千元。分两期。" in str(draft.live.content()) and len(await read_log(name)) == len(log) + 1
    assert not clients & set(read_state_vector(draft.live.state_vector()))
    agreement = (await talk.there.dossier()).agreement
    assert agreement is not None and agreement.remarks[0].proposal is None and agreement.remarks[0].settled == "accepted"
    await talk.do(c.OpenCaucus(talk.case, [talk.one.id]))
    assert (await talk.do(OpenPrivateDraft(talk.case)))["document"] == f"agreement/{talk.talk_id()}/1", "what was brought back is over"


async def test_an_expert_inside_has_no_part_in_it_and_what_is_too_much_is_said_before(talk: Talk) -> None:
    made = await talk.do(c.Invite(talk.case, SeatRole.EXPERT, name="钱工"))
    expert = Actor("seat", made["seat"], case_id=talk.case, session_id=talk.session.id)
    for party in (talk.one, talk.two):
        await talk.do(c.GiveConsent(talk.case, c.Consent.EXPERT, True), party)
    await talk.do(c.Knock(talk.case), expert)
    await talk.do(c.Admit(talk.case, expert.id))
    await talk.do(c.OpenCaucus(talk.case, [talk.one.id, expert.id]))
    document = (await talk.do(OpenPrivateDraft(talk.case)))["document"]
    with refused("not_allowed"):
        await talk.do(OpenPrivateDraft(talk.case), expert)
    with refused("not_allowed"):
        await talk.line(expert, document)
    doc = (await talk.views())[f"room/{talk.session.id}|{expert.id}"]
    assert "draft" not in doc["caucus"] and "private_drafts" not in doc

    line, hand = await talk.line(talk.one, document)
    hand.write("terms-1", "字" * (PROPOSED_LIMIT // 2 + 1))
    await talk.send(line, hand, document)
    shown = await talk.changes(talk.one, document)
    hand.write("terms-1", "字" * (PROPOSED_LIMIT // 2))
    await talk.send(line, hand, document)
    assert shown["digest"]
    with refused("too_much_proposed"):
        await talk.changes(talk.one, document)
    with refused("too_much_proposed"):
        await talk.do(BringBack(talk.case, shown["digest"]))
    assert talk.session.room().caucus is not None, "nothing has happened"
    assert (await talk.there.dossier()).agreement is None
