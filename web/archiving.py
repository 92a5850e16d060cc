"""The paper file of a closed case goes to the archive as it is bound at that moment: its pages, its hash, and the bytes themselves, which are what everybody takes from then on."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

import msgspec

from agreements.file_pages import FileTooLarge
from cases import archiving
from cases.actor import Actor
from cases.case import Numbering
from cases.commands.archiving import ArchiveCommand, ArchiveFile
from cases.errors import Conflict
from cases.filing import items_of
from cases.ports import Happened
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import NewFile, Outcome, Store
from web.ceremony_steps import keep
from web.filed import filing_facts
from web.filing import BOUND, FilingDesk
from web.house import House


class ArchiveDesk:
    def __init__(self, house: House, filing: FilingDesk) -> None:
        self._house, self._filing = house, filing

    @property
    def _store(self) -> Store:
        return self._house.store

    @property
    def _reader(self) -> Reader:
        return self._house.reader

    async def do(self, command: ArchiveCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        """Raises `Refusal`; `Conflict` where something in the file changed while it was bound. What is too large to be bound as one is archived without."""
        if not isinstance(command, ArchiveFile):
            return await self._store.execute(command.case, _decided(command, actor), receipt)
        known = await self._reader.receipt(receipt) if receipt else None
        if known is not None:
            return known
        read = await self._reader.dossier(command.case)
        archived = deepcopy(read)
        _handle(archived, command, actor, self._house.clock.now())
        try:
            bound = await self._filing.bound(self._house, archived)
        except FileTooLarge:
            return await self._store.execute(command.case, _decided(command, actor, read), receipt)
        file = await keep(self._house.blobs, bound.pdf, BOUND)
        return await self._store.execute(command.case, _decided(command, actor, read, file, bound.pages), receipt)


def _decided(command: ArchiveCommand, actor: Actor, read: Dossier | None = None, file: NewFile | None = None, pages: int = 0) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        if read is not None and msgspec.json.encode(dossier) != msgspec.json.encode(read):
            raise Conflict("file_changed", "Something in the case changed while its file was bound; archive it again")
        happened = _handle(dossier, command, actor, now, file.sha256 if file is not None else "", pages)
        return Outcome(
            happened, {"sha256": file.sha256, "pages": pages} if file is not None else {}, files=[file] if file is not None else []
        )

    return decide


def _handle(dossier: Dossier, command: ArchiveCommand, actor: Actor, now: datetime, sha256: str = "", pages: int = 0) -> list[Happened]:
    in_session = dossier.room is not None and dossier.room.ended_at is None
    return archiving.handle(dossier.case, command, actor, now, items_of(filing_facts(dossier)), in_session, sha256, pages)
