"""People who sit in the room already: what most tests of the room begin with."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.people import DESK, PHONE, People, advancing
from tests.serving import Server

SHOTS = Path(os.environ["HEYI_SCREENS"]) if os.environ.get("HEYI_SCREENS") else None
"""Where pictures go, if they are wanted."""
# Seen whole: at its corners stands nothing else, neither something that covers it nor a box that cuts it.
IN_VIEW = """e => {
  const r = e.getBoundingClientRect(), inset = Math.min(r.width, r.height) / 4
  return [[r.left + inset, r.top + inset], [r.right - inset, r.top + inset], [r.left + inset, r.bottom - inset], [r.right - inset, r.bottom - inset]]
    .every(([x, y]) => e.contains(document.elementFromPoint(x, y)))
}"""


@dataclass
class Sitting:
    """The mediator at a desk, the applicant (李某, s1) and the respondent (赵某, s2)."""

    server: Server
    mediator: Page
    one: Page
    two: Page


def to_room(mediator: Page) -> None:
    """From the mediator's desk into the demonstration's open session."""
    mediator.get_by_role("link", name="屋檐雨水流向邻家院墙").first.click()
    mediator.get_by_text("进入调解室").first.click()


def enter(page: Page, recording: bool = True, expert: bool = True) -> None:
    """Device check and consents; the button to the waiting room is next."""
    page.get_by_role("button", name="打开摄像头和麦克风").click()
    expect(page.get_by_text("看得见您")).to_be_visible()
    page.get_by_label("我愿意在线调解").check()
    if recording:
        page.get_by_label("同意全程录音录像").check()
    if expert and page.get_by_label("同意专家到场").count():
        page.get_by_label("同意专家到场").check()


def sit(
    everybody: People,
    server: Server,
    size: dict[str, int] = PHONE,
    elder: bool = False,
    expert: bool = True,
    waiting: Callable[[Page, Page], None] | None = None,
) -> Sitting:
    """Everybody sees everybody. `size` and `elder` are the applicant's; the others have a desk and a phone. `expert`: parties consent to one at the door.
    `waiting(page, mediator)`: what the applicant does in the waiting room, so that the mediator need not compare the card."""
    mediator = everybody.open(server.links["mediator"], DESK)
    to_room(mediator)
    one = everybody.open(server.links["party 1"], size, own_browser=False, elder=elder)
    two = everybody.open(server.links["party 2"], own_browser=False)
    for page, seat in ((one, "s1"), (two, "s2")):
        enter(page, expert=expert)
        page.get_by_role("button", name="进入等候室").click()
        row, compared = (
            mediator.locator(f"li[data-seat={seat}]"),
            mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="证件与本人相符"),
        )
        if waiting is not None and page is one:
            waiting(page, mediator)
            row.get_by_role("button", name="请进").click()
            expect(row.get_by_role("button", name="请发言")).to_be_visible()
            expect(compared).to_have_count(0)
            continue
        row.get_by_role("button", name="请进").click()
        compared.click()
    advancing(one, "m", "s2")
    return Sitting(server, mediator, one, two)
