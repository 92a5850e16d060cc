"""A statement by video, in real browsers: recorded on a phone, sent through a cut and a reload, shown in the session and played by the other side."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.browser.stating import add_phone, give_link, show_statement
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
POINTS = "墙是2024年砌的，那时候两家都在场。雨水不是从我家来的。"
PLAYS = (
    "v => v.play().then(() => new Promise(done => { const look = () => v.currentTime > 0.2 ? done(true) : setTimeout(look, 50); look() }))"
)


def called(mediator: Page, party: Page, other: Page) -> None:
    """The mediator proposes it, both agree, and the party on the telephone enters the digits."""
    card = mediator.get_by_role("region", name="不能到场的人")
    card.get_by_role("button", name=re.compile("先交陈述$")).nth(1).click()
    for page in (party, other):
        page.get_by_role("button", name="同意", exact=True).click()
    add_phone(mediator)
    card.get_by_role("button", name=re.compile("打电话核对")).click()
    mediator.get_by_role("button", name="一致，显示六位数").click()
    party.get_by_label("调解员念的六位数").fill(card.locator("[data-code=p2]").inner_text())
    party.get_by_role("button", name="核对", exact=True).click()


@pytest.mark.every
def test_recorded_sent_through_a_cut_and_played_in_the_session(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name="案件", exact=True).click()
    mediator.get_by_role("row").filter(has_text="等开调解室").first.get_by_role("link").first.click()
    links = [give_link(mediator, 0), give_link(mediator, 0)]
    party = everybody.open(links[1], PHONE)
    other = everybody.open(links[0], PHONE, own_browser=False)
    called(mediator, party, other)

    # recorded, looked at, kept on the phone
    everybody.look(party, "video-01-write-phone", SHOTS)
    party.get_by_role("button", name="录视频").click()
    party.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    everybody.look(party, "video-02-mirror-phone", SHOTS)
    party.get_by_role("button", name="开始录").click()
    expect(party.get_by_text("还能录 4:58")).to_be_visible()
    everybody.look(party, "video-03-recording-phone", SHOTS)
    party.get_by_role("button", name="停下").click()
    expect(party.get_by_text("录好了")).to_be_visible()
    party.get_by_label("要点，写几句话").fill(POINTS)
    everybody.look(party, "video-04-recorded-phone", SHOTS)

    # the piece arrives, its answer does not; the page is opened again and goes on without sending it twice
    pieces: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "PUT":
            pieces.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    party.route("**/statement/recordings/*", cut)
    party.get_by_role("button", name="交给调解员").click()
    party.get_by_role("button", name="交上去").click()
    expect(party.get_by_text("网络断了")).to_be_visible()
    everybody.look(party, "video-05-cut-phone", SHOTS)
    party.get_by_role("button", name="先停下").click()
    party.reload()
    expect(party.get_by_text("录好了")).to_be_visible()
    party.get_by_role("button", name="交给调解员").click()
    party.get_by_role("button", name="交上去").click()
    expect(party.get_by_role("heading", name="您的陈述已交")).to_be_visible()
    assert len(pieces) == 1
    everybody.errors[:] = [error for error in everybody.errors if "ERR_FAILED" not in error]
    party.get_by_role("button", name="看内容").click()
    assert party.locator("video").evaluate(PLAYS)
    everybody.look(party, "video-06-given-phone", SHOTS)
    card = mediator.get_by_role("region", name="不能到场的人")
    card.get_by_role("button", name="看陈述").click()
    expect(card.get_by_text(POINTS)).to_be_visible()
    assert card.locator("video").evaluate(PLAYS)
    everybody.look(mediator, "video-07-given-desk", SHOTS)

    # in the session
    guest, shown = show_statement(everybody, mediator, own_browser=False)
    panel = guest.get_by_role("region", name="不能到场的人的陈述")
    assert panel.locator("video").evaluate(PLAYS)
    everybody.look(guest, "video-08-shown-phone", SHOTS)
    everybody.look(mediator, "video-09-shown-desk", SHOTS)
    shown.get_by_role("button", name="已播放并读出要点").click()
    expect(panel.get_by_text("已念过")).to_be_visible()
