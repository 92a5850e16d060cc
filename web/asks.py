"""Requests about media and about the draft go to different desks."""

from __future__ import annotations

from realtime.endpoint import Connection
from realtime.messages import Ask
from web.drafting import DraftDesk
from web.media_desk import MediaDesk
from web.private_drafts import PrivateDraftDesk


class Asks:
    def __init__(self, media: MediaDesk, drafts: DraftDesk, private: PrivateDraftDesk) -> None:
        self._media, self._drafts, self._private = media, drafts, private

    async def handle(self, connection: Connection, message: Ask) -> None:
        if message.what == "draft_changes":
            await self._private.handle(connection, message)
            return
        desk = self._drafts if message.what.startswith("draft_") else self._media
        await desk.handle(connection, message)

    def left(self, connection: Connection) -> None:
        self._drafts.left(connection)
        self._media.left(connection)
