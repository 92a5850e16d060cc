"""An expert of the pool in real browsers: chosen by the mediator, agreed to by the parties, seated after the declaration, gone when the time is over, and rated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cases.clock import rfc3339
from tests.browser.people import DESK, PHONE, People, advancing
from tests.browser.sitting import SHOTS, sit
from tests.sealed import alter
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
LIU, ZHAO = "刘正平", "赵某"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("experts") / "data") as running:
        yield running


def nearly_over(server: Server, case_id: str, seat: str, seconds: int) -> None:
    """Move the end of the expert's minutes near, as if they had passed: the next command shows it, the server's clock does the rest."""
    end = rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))

    def change(state: dict[str, Any], room: dict[str, Any]) -> None:
        state["experts"][-1]["leaves_at"] = room["seats"][seat]["until"] = end

    alter(server.data, case_id, change)


def both(everybody: People, page: Page, name: str) -> None:
    """A picture at a desk, and one on a phone."""
    everybody.look(page, f"{name}-desk", SHOTS)
    page.set_viewport_size(PHONE)
    everybody.look(page, f"{name}-phone", SHOTS)
    page.set_viewport_size(DESK)


def invite(mediator: Page, name: str, everybody: People) -> str:
    """From the open pool to the link."""
    pool = mediator.get_by_role("dialog", name="从专家库邀请")
    pool.get_by_role("button", name=f"选 {name}").click()
    pool.get_by_label("提要").fill("屋檐滴水该由谁改造，费用怎么分？")
    everybody.look(mediator, "experts-02-invite-desk", SHOTS)
    pool.get_by_role("button", name="生成邀请链接").click()
    url = mediator.get_by_label("发链接", exact=True).input_value()
    mediator.get_by_role("button", name="关闭").click()
    return url


def test_from_the_pool_to_the_end_of_the_minutes(server: Server, everybody: People) -> None:
    at = sit(everybody, server, expert=False)
    at.mediator.get_by_role("button", name="从专家库邀请").click()
    pool = at.mediator.get_by_role("dialog", name="从专家库邀请")
    rows = pool.locator("[data-expert]")
    expect(rows.first).to_contain_text("孙桂兰")
    expect(rows.first).to_contain_text("就在城关镇")
    expect(pool.get_by_text(f"{ZHAO}：与本案当事人是同一人")).to_be_visible()
    both(everybody, at.mediator, "experts-01-choose")
    url = invite(at.mediator, "孙桂兰", everybody)
    neighbour = everybody.open(url, own_browser=False)
    neighbour.get_by_text("有利害关系", exact=True).click()
    neighbour.get_by_label("是什么关系").fill("李某是我表哥")
    everybody.look(neighbour, "experts-04-conflict-phone", SHOTS)
    neighbour.get_by_role("button", name="告诉调解员").click()
    expect(neighbour.get_by_text("您不参加这次调解")).to_be_visible()
    expect(at.mediator.get_by_text("说明：李某是我表哥")).to_be_visible()
    everybody.look(at.mediator, "experts-04-told-desk", SHOTS)
    at.mediator.get_by_role("button", name="从专家库邀请").click()
    expect(pool.get_by_text("孙桂兰：声明过与本案有利害关系")).to_be_visible()
    pool.get_by_label("类别").select_option("lawyer")
    expect(rows).to_have_count(1)
    url = invite(at.mediator, LIU, everybody)

    # the expert reads the brief and says that there is no interest, before any device is asked for
    first = everybody.open(url, own_browser=False)
    expect(first.get_by_text("屋檐滴水该由谁改造")).to_be_visible()
    expert = everybody.open(url, own_browser=False)
    expert.get_by_role("button", name="在这台设备上继续").click()
    expect(first.get_by_role("heading", name="已在另一台设备打开")).to_be_visible()
    everybody.errors[:] = [error for error in everybody.errors if "403" not in error]  # the link was in use, in the console
    first.close()
    expect(expert.get_by_text("屋檐滴水该由谁改造")).to_be_visible()
    expect(expert.get_by_text("李某、赵某")).to_be_visible()
    go = expert.get_by_role("button", name="声明并继续")
    expect(go).to_be_disabled()
    everybody.look(expert, "experts-03-brief-phone", SHOTS)
    expert.get_by_text("没有，我参加").click()
    go.click()
    expert.get_by_role("button", name="打开摄像头和麦克风").click()
    expert.get_by_role("button", name="进入等候室").click()
    row = at.mediator.locator("li[data-seat]").filter(has_text=LIU)
    admit = row.get_by_role("button", name="请进")
    expect(admit).to_be_disabled()
    expect(row).to_contain_text("还缺李某、赵某的同意")
    expect(row).to_contain_text("已答应")
    for page in (at.one, at.two):
        page.get_by_role("button", name="同意", exact=True).click()
    admit.click()
    expect(expert.get_by_text("还剩")).to_be_visible()
    advancing(expert, "m")
    everybody.look(expert, "experts-05-time-phone", SHOTS)
    row.get_by_role("button", name="延长 10 分钟").click()
    expect(row.get_by_role("button", name="延长 10 分钟")).to_have_count(0)
    everybody.look(at.mediator, "experts-06-watch-desk", SHOTS)

    # the last minute is told, and the end needs nobody's click
    seat = row.get_attribute("data-seat") or ""
    at.mediator.get_by_role("button", name="锁门").click()
    case_id = str(at.mediator.evaluate("location.pathname")).rpartition("/")[2].rpartition("-")[0]
    nearly_over(server, case_id, seat, 12)
    at.mediator.get_by_role("button", name="开门").click()
    expect(expert.get_by_text("最后一分钟")).to_be_visible()
    everybody.look(expert, "experts-07-last-minute-phone", SHOTS)
    expect(expert.get_by_role("heading", name="谢谢您")).to_be_visible()
    expect(row).to_have_count(0)
    everybody.look(expert, "experts-08-thanks-phone", SHOTS)
    expert.reload()
    expect(expert.get_by_role("heading", name="您的时间到了，谢谢")).to_be_visible()
    everybody.look(expert, "experts-08b-parted-phone", SHOTS)
    expert.goto(url)
    expect(expert.get_by_role("button", name="进入等候室")).to_have_count(0)

    # at the case the help is rated once
    at.mediator.goto(f"{server.url}/case/{case_id}")
    card = at.mediator.get_by_role("heading", name="专家", exact=True).locator("..")
    expect(card).to_contain_text("已结束")
    card.get_by_role("button", name=f"评价 {LIU}").click()
    dialog = at.mediator.get_by_role("dialog")
    dialog.get_by_text("5", exact=True).click()
    everybody.look(at.mediator, "experts-09-rate-desk", SHOTS)
    dialog.get_by_role("button", name="评好了").click()
    expect(card).to_contain_text("您评了 5 分")
    card.scroll_into_view_if_needed()
    everybody.look(at.mediator, "experts-10-card-desk", SHOTS)


def test_the_pool_is_kept_at_the_desk(server: Server, everybody: People) -> None:
    centre = everybody.open(server.links["centre"], DESK)
    centre.get_by_role("link", name="专家库").click()
    expect(centre.get_by_text("共 8 位")).to_be_visible()
    both(everybody, centre, "experts-11-pool")
    centre.get_by_role("button", name="添加专家").click()
    dialog = centre.get_by_role("dialog", name="添加专家")
    dialog.get_by_label("姓名").fill("<b>吴</b>某")
    dialog.get_by_label("电话").fill("13800000199")
    dialog.get_by_label("邻里").check()
    # by keys alone: nine o'clock on, then one hour further
    nine = dialog.get_by_role("button", name="9 点到 10 点")
    nine.focus()
    centre.keyboard.press("Space")
    centre.keyboard.press("ArrowRight")
    centre.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="10 点到 11 点")).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="周一到周五都这样").click()
    both(everybody, centre, "experts-12-edit")
    dialog.get_by_role("button", name="保存").click()
    row = centre.locator("[data-expert]").filter(has_text="<b>吴</b>某")
    expect(row).to_contain_text("周一到周五 9:00–11:00")
    row.get_by_role("button", name="吴</b>某 的电话").click()
    reveal = centre.get_by_role("dialog")
    reveal.get_by_role("button").filter(has_text="查看").click()
    expect(reveal.get_by_text("13800000199")).to_be_visible()
    everybody.look(centre, "experts-13-phone-desk", SHOTS)
    mediator = everybody.open(server.links["mediator"], PHONE, language="en-GB")
    mediator.get_by_role("link", name="Experts").click()
    expect(mediator.get_by_role("heading", name="Pool of experts")).to_be_visible()
    expect(mediator.get_by_role("button", name="Add an expert")).to_have_count(0)
    everybody.look(mediator, "experts-14-pool-phone-en", SHOTS)
