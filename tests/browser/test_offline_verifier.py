"""verify.html, opened from the disk in a real Chromium, against the catalogue that verify.py answers to: the same findings, and not one request."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from evidence.chain import read_anchors
from evidence.timestamp import timestamp
from evidence.timestamp_remote import RemoteService
from evidence.verifier import verify_file
from tests.browser.people import DESK, People, people
from tests.evidence.conftest import Finished, finished  # noqa: F401 (a fixture)
from tests.evidence.honest import HONEST
from tests.evidence.rebundling import members_of, zip_of
from tests.evidence.tamperings import TAMPERINGS, Tampering
from tests.providers_server import ProvidersServer
from web.setup.client import ensure_client

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(os.environ["HEYI_SCREENS"]) if os.environ.get("HEYI_SCREENS") else None
MAX_SIZE = 600 * 1024
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def program() -> Path:
    ensure_client(ROOT)
    return ROOT / "web" / "static" / "verify.html"


class Case(NamedTuple):
    name: str
    path: Path
    code: str
    report: dict[str, Any]


@pytest.fixture(scope="module")
def catalogue(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:  # noqa: F811
    """Every file with what verify.py says of it. Made before the browser starts, beside whose event loop nothing can be signed."""
    cases = []
    for name, (code, make) in {**TAMPERINGS, **{name: Tampering("", make) for name, make in HONEST.items()}}.items():
        folder = tmp_path_factory.mktemp("case")
        path = folder / "evidence"
        path.write_bytes(make(finished, folder))
        cases.append(Case(name, path, code, verify_file(path, finished.anchor).plain()))
    return cases


@pytest.fixture(scope="module")
def everybody(catalogue: list[Case]) -> Iterator[People]:
    with people() as those:
        yield those


@pytest.fixture(scope="module")
def requests() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(program: Path, everybody: People, requests: list[str]) -> Page:
    opened = everybody.open("about:blank", DESK)
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(program.as_uri())
    opened.evaluate(
        """() => { const probe = document.createElement('input'); probe.type = 'file'; probe.id = 'probe'; document.body.append(probe) }"""
    )
    return opened


def reported(page: Page, path: Path, anchor: str | None) -> dict[str, Any]:
    """What the page says of a file on the disk; the file is read by the browser itself."""
    page.locator("#probe").set_input_files(path)
    found: dict[str, Any] = page.evaluate("anchor => window.heyiVerify(document.querySelector('#probe').files[0], anchor)", anchor)
    return found


def essence(report: dict[str, Any]) -> dict[str, Any]:
    """All but the reasons, which tell what each parser stumbled over; of the files, which are missing, not listed or others than listed."""
    checks = [(check["code"], check["status"], check if check["code"] == "files_match_manifest" else None) for check in report["checks"]]
    return {**report, "checks": checks}


def test_it_is_one_small_file_that_may_load_nothing(program: Path) -> None:
    text = program.read_text(encoding="utf-8")
    assert len(text.encode()) < MAX_SIZE
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|link|img)[^>]* (src|href)=(?!.data:)", text.partition("<body>")[0].partition("<script")[0])


@pytest.mark.timeout(400)
def test_both_verifiers_find_the_same(page: Page, catalogue: list[Case], finished: Finished, request: pytest.FixtureRequest) -> None:  # noqa: F811
    """Of several ways to the same finding the first; with `--every` all of them."""
    differing, seen = [], Counter[str]()
    for name, path, code, there in catalogue:
        seen[code] += 1
        if seen[code] > 1 and code and not request.config.getoption("--every"):
            continue
        here = reported(page, path, finished.anchor)
        failing = {check["code"] for check in here["checks"] if check["status"] == "fail"}
        if essence(here) != essence(there) or not {code} - {""} <= failing:
            differing.append((name, essence(there), essence(here)))
    assert not differing


@pytest.mark.parametrize("anchor", [None, "00" * 32, "capitals"])
def test_both_read_the_anchor_alike(page: Page, finished: Finished, anchor: str | None) -> None:  # noqa: F811
    given = ":".join(finished.anchor.upper()[n : n + 2] for n in range(0, 64, 2)) if anchor == "capitals" else anchor
    assert essence(reported(page, finished.bundle, given)) == essence(verify_file(finished.bundle, given).plain())


def test_a_clerk_drops_a_bundle_and_types_the_fingerprint(page: Page, finished: Finished) -> None:  # noqa: F811
    page.locator("#evidence").set_input_files(finished.bundle)
    expect(page.get_by_role("heading", name="没有被改动，出处还要您核对")).to_be_visible()
    expect(page.get_by_text("出处没有核：还没有拿根证书指纹来对。")).to_be_visible()
    page.get_by_label("根证书指纹").fill(finished.anchor[:-1])
    expect(page.get_by_text("指纹是 64 位")).to_be_visible()
    page.get_by_label("根证书指纹").fill(" ".join(finished.anchor[n : n + 4] for n in range(0, 64, 4)))
    expect(page.get_by_role("heading", name="这份证据完整，没有被改动")).to_be_visible()
    page.get_by_label("根证书指纹").fill("0" * 64)
    expect(page.get_by_role("heading", name="有 1 处与原件对不上")).to_be_visible()
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", name="One point does not match the original")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="再验一份").click()
    expect(page.get_by_text("把证据包或协议书放进来")).to_be_visible()


def test_a_clerk_reads_what_is_wrong_or_gone_in_words(page: Page, catalogue: list[Case]) -> None:
    """And the fingerprint stays where it was typed."""
    told = {
        "container: cut at the end": ["没有核验：文件不完整", "没有下载完，请重新下载", "没有读到证书，指纹没有核对"],
        "container: nothing": ["没有核验：这是一个空文件"],
        "container: another kind of file": ["没有核验：这不是证据包，也不是签好的协议书"],
        "drop the page that verifies": ["缺少 verify.html"],
        "signature: by the committee": ["签清单的不是固化这份协议的平台"],
        "drop the agreement": ["缺少协议书"],
        "manifest: for a court that confirms, without an agreement": ["为申请司法确认制作，里面却没有协议"],
        "recordings destroyed, as the chain says": ["2 段录像已于", "由 工作人员 销毁，理由：到期"],
        "recordings destroyed by two people": ["调解员（王**员）申请，综治中心（周*任）同意，理由：到期"],
        "recordings that broke off": ["中断 2 处，涉及 2 路，都有记载：网络中断、当事人撤回同意；1 路开始得较晚"],
        "for a court, without recordings": ["本包不含录音录像"],
        "for a court, after the recordings were destroyed": ["本包不含录音录像", "何人、因何销毁没有附在本包"],
    }
    paths = {case.name: case.path for case in catalogue}
    for name, sentences in told.items():
        page.locator("#evidence").set_input_files(paths[name])
        for sentence in sentences:
            expect(page.get_by_text(sentence)).to_be_visible()
        expect(page.get_by_text("0 个录像文件")).to_have_count(0)
        expect(page.get_by_label("根证书指纹")).to_be_visible()
        if SHOTS:
            page.screenshot(path=SHOTS / f"verify-{name.replace(' ', '-')}.png", full_page=True)
        page.get_by_role("button", name="再验一份").click()


def test_a_long_check_is_called_off(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.write(b"PK")
        file.truncate(3 * 2**30)
    page.locator("#evidence").set_input_files(large)
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="不验了").click()
    expect(page.get_by_text("选文件")).to_be_visible()


def test_nothing_was_asked_of_any_network(page: Page, program: Path, requests: list[str], everybody: People) -> None:
    """Not even by the page itself, were it told to: its policy forbids it."""
    assert requests == [program.as_uri()]
    assert everybody.errors == []
    refused = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective), { once: true })
            fetch('http://127.0.0.1:1/').catch(() => undefined) })"""
    )
    assert refused == "connect-src"
    assert requests == [program.as_uri()]


def test_a_stamp_of_somebody_else_under_another_root(page: Page, finished: Finished, tmp_path: Path) -> None:  # noqa: F811
    """RSA, with an authority between, as licensed services have it: both roots have to be given."""
    server = ProvidersServer(tmp_path)
    try:
        roots = read_anchors(server.tsa_root.read_bytes())
        members = members_of(finished.bundle)
        members["manifest.tsr"] = timestamp(members["manifest.p7s"], RemoteService(f"{server.url}/tsa", roots), datetime.now(UTC))
    finally:
        server.end()
    path = tmp_path / "evidence.zip"
    path.write_bytes(zip_of(members))
    both = f"{finished.anchor},{hashlib.sha256(roots.roots[0]).hexdigest()}"
    for anchor, verdict in ((both, "成立，出处已核"), (finished.anchor, "不成立")):
        found = reported(page, path, anchor)
        assert found["verdict"] == verdict
        assert essence(found) == essence(verify_file(path, anchor).plain())
