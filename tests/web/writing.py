"""People who write on the draft of a session in this process, each on a line of their own that tells what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agreements.schema import text_of
from cases.actor import Actor
from cases.vocabulary import SessionStage
from realtime.messages import DraftRemote, ServerMessage
from rehearsal.hand import Hand
from rooms import commands as c
from tests.web.agreeing import agreeing
from tests.web.live_session import WANG, Session
from web.draft import Draft, Opened


class Line:
    """A connection of somebody in the session, as far as writing needs one."""

    def __init__(self, actor: Actor) -> None:
        self.actor, self.told = actor, list[ServerMessage]()


class Teller:
    """The hub's part: what it tells goes to these lines."""

    def send(self, line: Line, message: ServerMessage) -> None:
        line.told.append(message)

    def tell(self, lines: list[Line], message: ServerMessage) -> None:
        for line in lines:
            line.told.append(message)


class Hands(Hand):
    """Somebody's copy of the draft, open on a line."""

    def __init__(self, line: Line, opened: Opened, state: bytes) -> None:
        super().__init__(opened.client, state)
        self.line, self.opened = line, opened

    def hear(self) -> None:
        """Take in what the line was told."""
        for message in self.line.told:
            if isinstance(message, DraftRemote):
                self.receive(message.update)
        self.line.told.clear()


class Writing:
    """A session in the stage of drafting. `desk` is the real one, but for the hub."""

    def __init__(self, session: Session, draft: Draft) -> None:
        self.session, self.draft, self.clients = session, draft, iter(range(100, 200))
        self.desk = session.house.desk.remarks._drafts.writing  # type: ignore[union-attr]
        self.desk.telling._hub = Teller()  # type: ignore[assignment]

    def hand(self, seat: str) -> Hands:
        """A copy of the draft as it stands, under a client id of its own."""
        line: Any = Line(WANG if seat == "m" else self.session.party)
        client = next(self.clients)
        assert self.draft.grant_client(seat, client) == client
        opened = self.draft.open[line] = Opened(line, seat, self.session.id, client)
        self.draft.session = self.session.id
        return Hands(line, opened, self.draft.live.updates_since())

    async def store(self, hand: Hands, base: int | None = None) -> int:
        return await self.desk.write(self.draft, hand.opened, hand.take(), base)

    def said(self) -> str:
        return next(text_of(clause) for clause in self.draft.live.content()["clauses"] if clause["id"] == "terms-1")


@asynccontextmanager
async def writing_together(folder: Path) -> AsyncIterator[Writing]:
    async with agreeing(folder) as there:
        session = there.session
        await session.do(c.MoveStage(session.case, SessionStage.DRAFTING))
        drafts = session.house.desk.remarks._drafts  # type: ignore[union-attr]
        yield Writing(session, await drafts.draft(await session.house.reader.dossier(session.case)))
