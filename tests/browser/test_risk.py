"""A report to the risk platform in real browsers: made by the mediator, followed by the centre, against a platform that fails and comes back; and the demonstration's inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cases.risk import key_of
from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server, serving
from tests.web.risk_platform import SECRET, RiskPlatformServer
from web.demonstration import LIVE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


@pytest.fixture
def platform() -> Iterator[RiskPlatformServer]:
    there = RiskPlatformServer()
    yield there
    there.end()


@pytest.fixture
def connected(tmp_path: Path, platform: RiskPlatformServer) -> Iterator[Server]:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    with serving(tmp_path / "data", HEYI_RISK_URL=platform.url, HEYI_RISK_SECRET_FILE=str(secret)) as running:
        yield running  # type: ignore[misc]


def report(page: Page, level: str, words: str) -> None:
    page.get_by_role("button", name=re.compile("^(报送风险|改报|重新报送)$")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(level).click()
    dialog.get_by_text("扬言伤人、放火等").click()
    dialog.get_by_label("一句话说清").fill(words)


def test_from_the_tap_to_the_comparison(connected: Server, platform: RiskPlatformServer, everybody: People) -> None:
    platform.mode("failing")
    mediator = everybody.open(connected.links["mediator"], DESK)
    mediator.get_by_role("link", name=LIVE.title).first.click()
    card = mediator.get_by_role("region", name="风险报送")
    expect(card.get_by_text("应当马上报送")).to_be_visible()
    case_id = mediator.url.rpartition("/")[2]
    card.scroll_into_view_if_needed()
    everybody.look(mediator, "risk-01-nothing-desk", SHOTS)
    report(mediator, "红：马上会出事", "赵某扬言今晚点火烧院墙")
    dialog = mediator.get_by_role("dialog")
    expect(dialog.get_by_text("报出以后不能撤回")).to_be_visible()
    expect(dialog.get_by_text("当事人的姓名、电话、住址")).to_be_visible()
    expect(dialog.get_by_text("按试报送出")).to_be_visible()
    everybody.look(mediator, "risk-02-dialog-desk", SHOTS)
    mediator.set_viewport_size(PHONE)
    everybody.look(mediator, "risk-03-dialog-phone", SHOTS)
    mediator.set_viewport_size(DESK)
    dialog.get_by_role("button", name="报送", exact=True).click()
    expect(card).to_contain_text(re.compile("平台出了故障。.*自动再试"))
    card.scroll_into_view_if_needed()
    everybody.look(mediator, "risk-04-waiting-desk", SHOTS)
    platform.mode("ok")
    expect(card).to_contain_text(re.compile("平台已收到.*回执 FX-"), timeout=20_000)

    # what changes follows; the centre has the list
    platform.mode("refusing")
    centre = everybody.open(connected.links["centre"], DESK, own_browser=False)
    expect(centre.get_by_text("报送过 1 件")).to_be_visible()
    report(mediator, "蓝：需要留意", "已劝住，仍要留意")
    expect(dialog.get_by_text("蓝色不报送当事人姓名")).to_be_visible()
    dialog.get_by_role("button", name="报送", exact=True).click()
    expect(card).to_contain_text("平台没有接收：平台答复 no_such_region")
    expect(centre.get_by_text("1 件没有送达")).to_be_visible()
    everybody.look(centre, "risk-05-centre-desk", SHOTS)
    centre.get_by_role("link", name="查看报送列表").click()
    row = centre.get_by_role("listitem").filter(has_text=LIVE.title).filter(has_text="次报送")
    expect(row).to_contain_text("第 2 次报送")
    everybody.look(centre, "risk-06-list-desk", SHOTS)
    platform.mode("ok")
    row.get_by_role("button", name="再报一次").click()
    centre.get_by_role("dialog").get_by_role("button", name="再报一次").click()
    expect(row).to_contain_text("平台已收到")
    bodies = platform.told()["bodies"]
    assert [(one["version"], one["level"], bool(one["people"])) for one in bodies] == [(1, "red", True), (3, "blue", False)]
    assert all(one["trial"] for one in bodies) and platform.told()["wrong"] == []

    # the comparison
    compare = centre.get_by_role("button", name="与平台核对")
    compare.click()
    compared = centre.get_by_role("region", name="核对")
    expect(compared).to_contain_text("1 件一致")
    expect(compared).to_contain_text("没有差别")
    platform.lose(key_of(case_id, 3))
    platform.add("ffff-000001")
    compare.click()
    expect(compared).to_contain_text("平台上没有（1）")
    expect(compared).to_contain_text("平台上有、本系统没有（1）")
    everybody.look(centre, "risk-07-compared-desk", SHOTS)
    centre.set_viewport_size(PHONE)
    everybody.look(centre, "risk-08-compared-phone", SHOTS)
    compared.get_by_role("button", name="再报一次").click()
    centre.get_by_role("dialog").get_by_role("button", name="再报一次").click()
    expect(row).to_contain_text("第 4 次报送")

    # no longer a risk
    card.get_by_role("button", name="不再有风险").click()
    everybody.look(mediator, "risk-09-gone-desk", SHOTS)
    dialog.get_by_label("为什么不再有风险").fill("双方当面和好，派出所已回访")
    dialog.get_by_role("button", name="报告", exact=True).click()
    expect(card).to_contain_text("王调解员已报告不再有风险")
    expect(card).to_contain_text("平台已收到")
    mediator.set_viewport_size(PHONE)
    card.scroll_into_view_if_needed()
    everybody.look(mediator, "risk-10-withdrawn-phone", SHOTS)

    # a party has nothing of it
    party = everybody.open(connected.links["party 1"], PHONE)
    expect(party.get_by_text(re.compile("李某|同意"))).not_to_have_count(0)
    expect(party.get_by_text(re.compile("风险|报送"))).to_have_count(0)


@pytest.mark.every
def test_the_demonstration_has_an_inbox_of_its_own(server: Server, everybody: People) -> None:
    centre = everybody.open(server.links["centre"], DESK)
    centre.get_by_role("link", name="查看报送列表").click()
    expect(centre.get_by_text("还没有报送过")).to_be_visible()
    expect(centre.get_by_text("还没有收到报送")).to_be_visible()
    centre.goto(f"{server.url}/desk/cases")
    centre.get_by_role("searchbox").fill(LIVE.title)
    centre.get_by_role("link", name=LIVE.title).click()
    report(centre, "橙：很可能激化", "两家昨晚在院里对骂")
    dialog = centre.get_by_role("dialog")
    expect(dialog.get_by_text("只送到演示收件箱")).to_be_visible()
    dialog.get_by_role("button", name="报送", exact=True).click()
    expect(centre.get_by_role("region", name="风险报送")).to_contain_text("回执 DEMO-00001")
    centre.goto(f"{server.url}/desk/risk")
    inbox = centre.get_by_role("region", name="演示收件箱")
    expect(inbox).to_contain_text("两家昨晚在院里对骂")
    expect(inbox).to_contain_text("赵某 139****5678")
    everybody.look(centre, "risk-11-inbox-desk", SHOTS)
    centre.get_by_role("button", name="与平台核对").click()
    expect(centre.get_by_role("region", name="核对")).to_contain_text("没有差别")
    english = everybody.open(server.links["centre"], PHONE, elder=True, language="en-GB")
    english.get_by_role("link", name="See the reports").click()
    expect(english.get_by_role("region", name="Inbox of the demonstration")).to_contain_text("两家昨晚在院里对骂")
    everybody.look(english, "risk-12-list-phone-elder-en", SHOTS)
