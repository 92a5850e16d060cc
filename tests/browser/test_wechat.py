"""Inside WeChat a reporter lets itself be told once, on a phone: away to WeChat's page and back; and takes it back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.driving import PHONE, context
from tests.browser.sitting import SHOTS
from tests.serving import serving
from tests.web.test_report_to_accept import REPORT
from tests.web.wechat_platform import APP, SECRET, TEMPLATE, WechatServer

pytestmark = pytest.mark.browser
INSIDE = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49"


def test_one_message_is_allowed_and_taken_back(tmp_path: Path, browser: Browser) -> None:
    wechat, secret = WechatServer(), tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    named = {"HEYI_WECHAT_APP_ID": APP, "HEYI_WECHAT_SECRET_FILE": str(secret), "HEYI_WECHAT_TEMPLATE": TEMPLATE}
    ours = {"HEYI_WECHAT_API": wechat.url, "HEYI_WECHAT_CONFIRM": wechat.url, "HEYI_MEDIA": "false"}
    try:
        with serving(tmp_path / "data", **named, **ours) as server:
            for agent, offered in (("Chrome/116.0", 0), (INSIDE, 1)):
                page = context(browser, PHONE, agent=agent).new_page()
                page.goto(server.url)
                made = page.request.post(
                    f"{server.url}/api/reports",
                    form={"report": json.dumps(REPORT)},
                    headers={"Idempotency-Key": f"browser-wechat-{offered}"},
                ).json()
                page.goto(f"{server.url}/mine/{made['case']}?as={made['as']}")
                page.get_by_text("个人信息", exact=False).first.wait_for()
                offer = page.get_by_role("region", name="微信通知")
                if not offered:
                    expect(offer).to_have_count(0)
            page.get_by_role("button", name="下一条通知发到微信").click()
            page.get_by_role("link", name="取消").click()
            expect(offer.get_by_role("status")).to_contain_text("没有同意")
            page.get_by_role("button", name="下一条通知发到微信").click()
            page.get_by_role("link", name="同意").click()
            expect(offer.get_by_role("status")).to_contain_text("已同意")
            wrong = violations(page, "told by WeChat", 16, 43.9)
            assert not wrong, "\n".join(wrong)
            if SHOTS is not None:
                page.screenshot(path=str(SHOTS / "wechat_allowed.png"), full_page=True)
            page.get_by_role("button", name="不用微信，改发短信").click()
            expect(page.get_by_role("button", name="下一条通知发到微信")).to_be_visible()
            if SHOTS is not None:
                page.screenshot(path=str(SHOTS / "wechat_offer.png"), full_page=True)
    finally:
        wechat.end()
