"""Pictures of every page at its sizes, into `docs/screens`: `python -m tests.browser.screens [name ...]`.

Names given choose the pictures whose file name contains one of them; `room` takes those of the room. They are taken of a real server over the demonstration's county.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from rehearsal import clip
from rehearsal.play import Play
from rehearsal.script import until
from rehearsal.steps import proof
from tests.browser.driving import DESK, PHONE, WALL, chromium, context, fill_report
from tests.browser.pictures import wall_picture
from tests.serving import Server, Visitor, serving
from web.demonstration_followed import TITLE as FOLLOWED

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "docs" / "screens"
LIMIT = 200 * 1024
NEIGHBOURS = [
    ("装修漏水，楼下天花板受损", "楼上装修后漏水，我家客厅天花板大片受潮。双方都愿意在线谈。", "孙某", "城关镇"),
    ("土地流转合同租金拖欠", "合作社欠三户两年租金，合同已附。", "陈某", "柳林镇"),
    ("夜里广场舞声音太大", "每晚九点后还在放音响，老人孩子睡不着，劝过几次没用。", "郭某", "城关镇"),
    ("院墙占了半米公用路", "邻居新砌院墙，三轮车过不去。希望拆退半米。", "马某", "柳林镇"),
]


async def prepare(server: Server) -> dict[str, str]:
    """Four more reports, two of them offered to the mediator. Returns case ids by what they are for."""
    reports = []
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        regions = {r["name"]: r["code"] for r in (await http.get("/api/regions")).json()}
        for number, (title, facts, name, region) in enumerate(NEIGHBOURS):
            body = {"title": title, "facts": facts, "region": regions[region], "name": name, "phone": "13800006666", "place": "东街 12 号"}
            photos = [("photos", (f"{n}.jpg", wall_picture(n), "image/jpeg")) for n in range(3 if number == 0 else 0)]
            files = photos or [("photos", ("", b"", "application/octet-stream"))]
            answer = await http.post(
                "/api/reports",
                data={"report": json.dumps(body)},
                files=files if photos else None,
                headers={"Idempotency-Key": f"screens-{number}"},
            )
            assert answer.status_code == 200, answer.text
            reports.append(answer.json())
    centre = Visitor(server)
    await centre.open(server.links["centre"])
    async with centre.connect() as client:
        for number, (kind, mode) in enumerate((("损害赔偿", "assign"), ("合同", "hand_over"))):
            case = reports[number]["case"]
            await client.do({"t": "classify", "case": case, "dispute_type": kind})
            await client.do({"t": "dispatch", "case": case, "to": ["wang", "chen"], "mode": mode, "note": "请三日内联系双方"})
    return {"offered": reports[0]["case"], "reported": reports[2]["case"], "reporter": reports[0]["as"], "code": reports[0]["code"]}


class Studio:
    def __init__(self, browser: Browser, server: Server, made: dict[str, str], wanted: list[str]) -> None:
        self.browser, self.server, self.made, self.wanted = browser, server, made, wanted
        self.contexts: dict[Any, BrowserContext] = {}

    def page(
        self, path: str, size: tuple[int, int], role: str = "", language: str = "zh-CN", elder: bool = False, scale: float = 0
    ) -> Page:
        """A page at `path`, come in by the link of `role`."""
        there = context(self.browser, size, language, scale or (2 if size == PHONE else 1))
        page = there.new_page()
        if elder:
            page.add_init_script("localStorage.setItem('heyi.elder', '1')")
        if role:
            page.goto(self.server.links[role])
            page.wait_for_url(lambda url: "/j" not in url.split("#")[0][-3:])
            handle = page.evaluate("sessionStorage.getItem('heyi.as')")
            if path:
                page.goto(f"{self.server.url}{path}{'&' if '?' in path else '?'}as={handle}")
        else:
            page.goto(self.server.url + path)
        page.wait_for_load_state("networkidle")
        return page

    def wants(self, name: str) -> bool:
        return not self.wanted or any(part in name for part in self.wanted)

    def take(self, name: str, open_page: Callable[[], Page], full: bool = False) -> None:
        if not self.wants(name):
            return
        page = open_page()
        page.wait_for_timeout(500)
        # On a phone the foot stays where a thumb finds it: the first screen is what is judged, the whole page only where asked.
        if full:
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": page.viewport_size["width"], "height": height})  # type: ignore[index]
        picture = page.screenshot()
        (OUT / f"{name}.png").write_bytes(small(picture))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        print(f"{name}.png{'' if wide <= 0 else f'  OVERFLOWS by {wide} px'}")
        page.context.close()


def small(picture: bytes) -> bytes:
    """Fewer colours, never fewer pixels, until the file is small enough for the repository."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64):
        out = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LIMIT:
            break
    return out.getvalue()


async def play_whole_case(server: Server, folder: Path) -> Path:
    """The evidence of a case that people with cameras went through, up to the seal."""
    async with Play(server, clip.load(), folder) as play:
        assert await play.run(until(proof.verify)), play.steps[-1]
    assert play.bundle is not None
    return play.bundle


def with_one_byte_flipped(bundle: Path) -> Path:
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    altered = bundle.with_name(f"altered-{bundle.name}")
    altered.write_bytes(data)
    return altered


def main(wanted: list[str]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder / "data") as server:
            made = asyncio.run(prepare(server))
            with chromium() as browser:
                shoot(Studio(browser, server, made, wanted))
        # A server of its own, so that the case that is played leaves the others' desks as they are.
        with serving(folder / "played") as server:
            bundle = asyncio.run(play_whole_case(server, folder))
            with chromium() as browser:
                verification(Studio(browser, server, {}, wanted), bundle)


def shoot(s: Studio) -> None:
    code = f"/c/{s.made['code']}"
    live = s.server.links["public code"].removeprefix(s.server.url)

    def reported(size: tuple[int, int], send: bool, language: str = "zh-CN", elder: bool = False) -> Page:
        page = s.page("/report", size, language=language, elder=elder)
        fill_report(page, "楼上漏水，天花板掉皮")
        photos = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": wall_picture(n)} for n in range(2)]
        page.locator("input[type=file]").set_input_files(photos)
        page.get_by_role("img", name="第 2 张照片").wait_for()
        if send:
            page.get_by_role("button", name="交给综治中心").click()
            page.get_by_text("收到了").wait_for()
            page.wait_for_load_state("networkidle")
        else:
            page.evaluate("window.scrollTo(0, 0)")
        return page

    def dispatching() -> Page:
        page = s.page("/desk", DESK, "centre")
        page.get_by_role("button", name="分派", exact=True).first.click()
        page.get_by_role("checkbox", name="王调解员").check()
        return page

    def invited() -> Page:
        page = s.page("/desk", DESK, "mediator")
        page.locator(".talks a").first.click()
        page.get_by_role("button", name="链接").first.click()
        page.get_by_role("dialog").wait_for()
        return page

    def opened() -> Page:
        page = s.page("/desk", DESK, "mediator")
        page.locator(".talks a").first.click()
        page.get_by_text("经过").wait_for()
        return page

    def followed() -> Page:
        page = s.page("/desk", DESK, "mediator")
        page.get_by_role("link", name=FOLLOWED).first.click()
        page.get_by_role("heading", name="履行跟踪").wait_for()
        return page

    def past(language: str = "zh-CN", elder: bool = False) -> Page:
        page = s.page("/desk/cases", DESK, "mediator", language=language, elder=elder)
        page.locator("td a").filter(has_text="屋檐雨水").click()
        page.locator("a[href$='/past']").click()
        page.locator(".sheet").wait_for()
        return page

    def behind_a_number() -> Page:
        page = s.page("/wall", WALL, "centre")
        page.locator(".tiles button").nth(1).click()
        page.get_by_role("dialog").locator("table").wait_for()
        return page

    def township() -> Page:
        page = s.page("/wall", WALL, "centre")
        page.locator(".map button").filter(has_text="城关镇").click()
        page.get_by_role("dialog").locator(".kinds").wait_for()
        return page

    def township_wall() -> Page:
        page = s.page("/wall/139901001", WALL, "centre")
        page.locator(".kinds").wait_for()
        return page

    def paper_file(size: tuple[int, int]) -> Page:
        page = s.page("/desk/cases", size, "mediator")
        page.locator("td a").filter(has_text="屋檐雨水").click()
        card = page.get_by_role("heading", name="卷宗", exact=True)
        card.wait_for()
        card.evaluate("card => card.scrollIntoView({ block: 'start' })")
        return page

    def alone(page: Page) -> Page:
        page.context.set_offline(True)
        page.get_by_role("button", name="交给综治中心").click()
        page.get_by_text("没有网络").wait_for()
        return page

    def empty_handed() -> Page:
        page = s.page("/report", PHONE)
        page.get_by_role("button", name="交给综治中心").click()
        page.get_by_role("alert").first.wait_for()
        return page

    s.take("01-home-phone", lambda: s.page("/", PHONE))
    s.take("01-home-desk", lambda: s.page("/", DESK))
    s.take("02-sign-in-phone", lambda: s.page("/sign-in", PHONE))
    s.take("02-sign-in-desk", lambda: s.page("/sign-in", DESK))
    s.take("03-report-phone", lambda: reported(PHONE, False))
    s.take("03-report-phone-whole", lambda: reported(PHONE, False), full=True)
    s.take("03-report-phone-elder", lambda: s.page("/report", PHONE, elder=True))
    s.take("03-report-phone-english", lambda: s.page("/report", PHONE, language="en-GB"))
    s.take("03-report-phone-missing", empty_handed)
    s.take("03-report-phone-offline", lambda: alone(reported(PHONE, False)))
    s.take("03-report-desk", lambda: reported(DESK, False))
    s.take("04-received-phone", lambda: reported(PHONE, True))
    s.take("05-progress-phone", lambda: s.page(code, PHONE))
    s.take("05-progress-phone-live", lambda: s.page(live, PHONE))
    s.take("05-progress-phone-elder", lambda: s.page(live, PHONE, elder=True))
    s.take("05-progress-phone-unknown", lambda: s.page("/c/HY-0000-0000", PHONE))
    s.take("05-progress-desk", lambda: s.page(live, DESK))
    s.take("06-mine-phone", lambda: mine(s))
    s.take("08-workbench-desk", lambda: s.page("/desk", DESK, "mediator"))
    s.take("08-workbench-desk-english", lambda: s.page("/desk", DESK, "mediator", language="en-GB"))
    s.take("08-workbench-desk-elder", lambda: s.page("/desk", DESK, "mediator", elder=True))
    s.take("08-workbench-phone", lambda: s.page("/desk", PHONE, "mediator"))
    s.take("08-centre-desk", lambda: s.page("/desk", DESK, "centre"))
    s.take("08-centre-desk-dispatch", dispatching)
    s.take("08-cases-desk", lambda: s.page("/desk/cases", DESK, "centre"))
    s.take("08-cases-phone", lambda: s.page("/desk/cases", PHONE, "mediator"))
    s.take("09-case-desk", opened)
    s.take("09-case-desk-invite", invited)
    s.take("09-case-desk-offered", lambda: s.page(f"/case/{s.made['offered']}", DESK, "mediator"))
    s.take("09-case-phone", lambda: s.page(f"/case/{s.made['offered']}", PHONE, "mediator"))
    s.take("09-case-desk-followed", followed)
    s.take("15-account-phone", lambda: s.page("/account", PHONE, "mediator"))
    s.take("16-administration-desk", lambda: s.page("/administration", DESK, "system administrator"))
    s.take("16-log-desk", lambda: s.page("/administration", DESK, "audit administrator"))
    s.take("11-wall", lambda: s.page("", WALL, "wall"))
    s.take("11-wall-4k", lambda: s.page("", (3840, 2160), "wall"))
    s.take("11-wall-english", lambda: s.page("", WALL, "wall", language="en-GB"))
    s.take("11-wall-list", behind_a_number)
    s.take("11-wall-township", township)
    s.take("11-wall-of-township", township_wall)
    s.take("09-case-desk-file", lambda: paper_file(DESK))
    s.take("09-case-phone-file", lambda: paper_file(PHONE))
    s.take("09-past-desk", past)
    s.take("09-past-desk-english", lambda: past("en-GB"))
    s.take("09-past-desk-elder", lambda: past(elder=True))
    s.take("14-experts-desk", lambda: s.page("/desk/experts", DESK, "centre"))
    s.take("14-experts-phone", lambda: s.page("/desk/experts", PHONE, "mediator"))
    s.take("12-verify-desk", lambda: s.page("/verify", DESK))


def verification(s: Studio, bundle: Path) -> None:
    """The evidence of a case dropped on the page of the site that exported it; then the same with one byte flipped."""

    def checked(size: tuple[int, int], file: Path) -> Page:
        page = s.page("/verify", size)
        page.locator("input[type=file]").set_input_files(file)
        page.locator(".verdict").wait_for()
        page.wait_for_load_state("networkidle")
        return page

    s.take("12-verify-desk-holds", lambda: checked(DESK, bundle))
    s.take("12-verify-phone-holds", lambda: checked(PHONE, bundle))
    s.take("12b-verify-desk-broken", lambda: checked(DESK, with_one_byte_flipped(bundle)))


def rooms() -> None:
    """The room's pictures are taken by the tests that play in it, while they play."""
    with tempfile.TemporaryDirectory() as folder:
        tests = [
            f"tests/browser/test_{name}.py" for name in ("mediation", "room", "room_guests", "everybody", "line", "playback", "record")
        ]
        subprocess.run([sys.executable, "-m", "pytest", *tests], cwd=ROOT, env={**os.environ, "HEYI_SCREENS": folder}, check=True)
        for path in sorted([*Path(folder).glob("room-*.png"), *Path(folder).glob("10-*.png")]):
            (OUT / path.name).write_bytes(small(path.read_bytes()))
            print(path.name)


def mine(s: Studio) -> Page:
    """The page that a reporter comes to: reported in this very browser, since only it holds the cookie."""
    page = s.page("/report", PHONE)
    fill_report(page, "楼上漏水，天花板掉皮", name="钱某")
    page.locator("input[type=file]").set_input_files([{"name": "1.jpg", "mimeType": "image/jpeg", "buffer": wall_picture(1)}])
    page.get_by_role("img", name="第 1 张照片").wait_for()
    page.get_by_role("button", name="交给综治中心").click()
    page.get_by_role("link", name="看我反映的全部内容").click()
    page.get_by_text("我反映的内容").wait_for()
    page.wait_for_load_state("networkidle")
    return page


if __name__ == "__main__":
    names = sys.argv[1:]
    if names != ["room"]:
        main(names)
    if not names or "room" in names:
        rooms()
