"""The comparison with what a platform holds, of one region; and a platform that never comes to an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.errors import OutOfTurn, Unavailable
from cases.ports import NotDelivered
from cases.risk import key_of
from storage.risk_queue import reported
from tests.web.risk_ground import Ground, ground
from web.risk_desk import PAGES, RiskDesk
from web.risk_inbox import RiskInbox

pytestmark = pytest.mark.anyio


class Turning(RiskInbox):
    """Pages without an end: each leads to itself, or to another for ever."""

    def __init__(self, path: Path, forward: bool) -> None:
        super().__init__(path)
        self.forward, self.asked = forward, 0

    async def held(self, after: str) -> tuple[list[tuple[str, str]], str]:
        self.asked += 1
        return [], f"{self.asked:040}" if self.forward else "a"


async def _all_sent(at: Ground, inbox: RiskInbox) -> None:
    await at.until_settled(at.sender(inbox))


async def test_each_centre_is_told_the_differences_of_its_own_region(folder: Path) -> None:
    async with ground(folder) as at:
        inbox = RiskInbox(folder / "inbox")
        desk = RiskDesk(at.store, at.queue, inbox)
        here, gone, altered = [await at.reported() for _ in range(3)]
        far = await at.reported(region="139902001")
        await at.change(here, 0)
        await _all_sent(at, inbox)
        assert (await desk.compare("139901")).same == 3, "an older version need not be there, nor is it unknown"
        del inbox._bodies[key_of(gone, 1)], inbox._bodies[key_of(here, 1)]
        inbox._bodies[key_of(altered, 1)] = "{}"
        inbox._bodies[key_of(far, 1)] = "{}"
        inbox._bodies["strange-000001"] = "{}"
        await at.change(here, 1)  # on its way
        found = await desk.compare("139901")
        assert (found.same, found.missing, found.other, found.unknown) == (1, [key_of(gone, 1)], [key_of(altered, 1)], ["strange-000001"])
        assert (await desk.compare("139902")).other == [key_of(far, 1)]


@pytest.mark.parametrize(("forward", "asked", "reason"), [(False, 2, "garbled"), (True, PAGES, "too_many")])
async def test_pages_without_an_end_are_given_up(folder: Path, forward: bool, asked: int, reason: str) -> None:
    async with ground(folder) as at:
        platform = Turning(folder / "inbox", forward)
        with pytest.raises(Unavailable) as refusal:
            await RiskDesk(at.store, at.queue, platform).compare("139901")
        assert refusal.value.detail == {"reason": reason} and platform.asked == asked
        with pytest.raises(OutOfTurn):
            await RiskDesk(at.store, at.queue, None).compare("139901")


async def test_the_list_begins_with_what_needs_somebody(folder: Path) -> None:
    async with ground(folder) as at:

        class Picky(RiskInbox):
            async def take(self, key: str, body: bytes) -> str:
                if key.startswith(bad):
                    raise NotDelivered("platform_no", final=True)
                return await super().take(key, body)

        bad = await at.reported()
        good = [await at.reported() for _ in range(3)]
        await at.reported(region="139902001")
        await at.change(good[0], 0)
        await at.until_settled(at.sender(Picky(folder / "inbox")))
        assert await reported("139901", 10) == [bad, good[0], good[2], good[1]]
        assert await reported("139901", 2) == [bad, good[0]]
