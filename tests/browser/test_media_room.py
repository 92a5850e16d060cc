"""What the media of a room bear in real browsers: windows of all sizes, devices that go away, another network, a dead worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.line import Line
from tests.browser.people import DESK, People, advancing, frames, people
from tests.browser.programs import WHOLE
from tests.browser.sitting import SHOTS, Sitting, sit
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
# The height of the picture that a page shows of a seat, in pixels of the picture itself.
HEIGHT = "seat => document.querySelector(`[data-seat=${seat}] video`)?.videoHeight ?? 0"
PULL_OUT = """() => {
  const own = [...document.querySelectorAll('video.own')].map(v => v.srcObject).find(s => s)
  const track = own.getVideoTracks()[0]
  track.stop()
  track.dispatchEvent(new Event('ended'))
}"""
# What the browser answers in the place of a device: the names of its errors, kept over reloads.
ANSWERS = """() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async wanted => {
    const answers = JSON.parse(localStorage.getItem('answers') || '{}')
    for (const kind of ['audio', 'video']) if (wanted[kind] && answers[kind]) throw new DOMException('', answers[kind])
    return ask(wanted)
  }
}"""
OWN_LIVES = """() => [...document.querySelectorAll('video.own')]
  .some(v => v.srcObject?.getVideoTracks()[0]?.readyState === 'live' && v.srcObject.getVideoTracks()[0].enabled)"""


@pytest.fixture(scope="module")
def everybody() -> Iterator[People]:
    with people(WHOLE, sharp=True) as found:
        yield found
        assert not [e for e in found.errors if "404" not in e], found.errors


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory, everybody: People) -> Iterator[Sitting]:
    """One sitting for all of these, in the order in which they stand here: whoever leaves it does so last."""
    with serving(tmp_path_factory.mktemp("media") / "data") as server:
        yield sit(everybody, server)


def of_height(page: Page, seat: str, height: int) -> None:
    try:
        page.wait_for_function(f"seat => ({HEIGHT})(seat) === {height}", arg=seat, timeout=30_000)
    except PlaywrightTimeoutError:
        shown = page.evaluate(
            "[...document.querySelectorAll('[data-seat] video')].map(v => [v.closest('[data-seat]').dataset.seat, v.videoHeight])"
        )
        pytest.fail(f"{seat} is not shown {height} high but {shown}")


def test_the_desk_sees_everybody_large(at: Sitting) -> None:
    assert at.mediator.viewport_size == DESK
    widths = at.mediator.evaluate("[...document.querySelectorAll('.people [data-seat]')].map(e => e.clientWidth * devicePixelRatio)")
    for seat, width in zip(("s1", "s2"), widths, strict=False):
        of_height(at.mediator, seat, 360 if width > 400 else 180)


def test_a_small_window_takes_the_small_picture_and_devices_come_back(at: Sitting, everybody: People) -> None:
    # On a phone one is large and the others are small; a desk shows all alike. Until somebody is chosen it is who speaks, and all of these microphones beep.
    other = at.one.get_by_role("button", name="放大赵某的画面")
    if other.count():
        other.click()
    at.one.get_by_role("button", name="放大王调解员的画面").click()
    of_height(at.one, "m", 360)
    of_height(at.one, "s2", 180)
    at.one.get_by_role("button", name="放大赵某的画面").click()
    of_height(at.one, "s2", 360)
    of_height(at.one, "m", 180)
    everybody.look(at.one, "room-71-large-and-small-phone", SHOTS)

    # A telephone call takes the camera, or it is pulled out: it is opened again and the others go on seeing.
    at.one.evaluate(PULL_OUT)
    at.one.wait_for_function(OWN_LIVES, timeout=20_000)
    advancing(at.mediator, "s1")


def test_the_window_that_asked_last_has_the_media(at: Sitting, everybody: People) -> None:
    second = at.one.context.new_page()
    second.set_default_timeout(25_000)
    second.goto(at.server.links["party 1"])
    expect(at.one.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    everybody.look(at.one, "room-72-other-window-phone", SHOTS)
    advancing(second, "m", "s2")
    advancing(at.mediator, "s1")
    at.one.get_by_role("button", name="在这里继续").click()
    expect(second.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    second.close()
    advancing(at.one, "m", "s2")
    advancing(at.mediator, "s1")
    expect(at.one.get_by_text("网络较慢，先保证声音")).to_have_count(0)


def test_a_window_that_slept_does_not_take_the_media_back(at: Sitting, everybody: People) -> None:
    line = Line(at.one)
    advancing(at.one, "m", "s2")
    line.cut()
    second = at.one.context.new_page()
    second.set_default_timeout(25_000)
    second.goto(at.server.links["party 1"])
    advancing(second, "m", "s2")
    expect(at.one.get_by_role("heading", name="已在另一个窗口打开")).to_have_count(0)
    line.come_back()
    expect(at.one.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    advancing(second, "m", "s2")
    expect(second.get_by_role("heading", name="已在另一个窗口打开")).to_have_count(0)
    second.close()
    at.one.get_by_role("button", name="在这里继续").click()
    advancing(at.one, "m", "s2")


# The camera whose picture one's own window shows, and what the others get: a fake one differs by its label alone.
OWN_CAMERA = "() => document.querySelector('video.own').srcObject.getVideoTracks()[0].label"


def test_another_camera_is_taken_in_the_middle_and_remembered(at: Sitting, everybody: People) -> None:
    before = at.one.evaluate(OWN_CAMERA)
    at.one.get_by_role("button", name="换设备").click()
    dialog = at.one.get_by_role("dialog", name="换设备")
    camera = dialog.get_by_label("镜头")
    expect(camera.locator("option")).to_have_count(4)
    names = camera.locator("option").all_inner_texts()
    assert len(dialog.get_by_label("麦克风").locator("option").all()) >= 3
    # The second of Chromium's fake cameras gives depths and no pictures.
    other = names[3]
    assert other != before
    camera.select_option(label=other)
    at.one.wait_for_function(f"name => ({OWN_CAMERA})() === name", arg=other, timeout=20_000)
    everybody.look(at.one, "room-73-devices-phone", SHOTS)
    dialog.get_by_role("button", name="关闭").click()
    advancing(at.mediator, "s1")
    advancing(at.two, "s1")
    at.one.reload()
    at.one.wait_for_function(
        f"name => document.querySelector('video.own')?.srcObject && ({OWN_CAMERA})() === name", arg=other, timeout=30_000
    )


def answering(page: Page, answers: dict[str, str]) -> None:
    page.evaluate("answers => localStorage.setItem('answers', JSON.stringify(answers))", answers)


def camera_of_a_party_comes_back(at: Sitting, everybody: People) -> None:
    party = at.one
    party.add_init_script(f"({ANSWERS})()")
    party.reload()
    party.wait_for_function(OWN_LIVES)
    answering(party, {"video": "NotReadableError"})
    party.evaluate(PULL_OUT)
    expect(party.get_by_text("摄像头正被别的程序占用")).to_be_visible()
    expect(party.get_by_role("button", name="没有画面")).to_be_visible()
    everybody.look(party, "room-75-camera-taken-phone", SHOTS)
    answering(party, {})
    party.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    party.wait_for_function(OWN_LIVES)
    expect(party.get_by_text("摄像头正被别的程序占用")).to_have_count(0)
    advancing(at.mediator, "s1")

    party.get_by_role("button", name="镜头开着").click()
    expect(party.get_by_role("button", name="镜头关着")).to_be_visible()
    party.reload()
    party.get_by_role("button", name="镜头关着").click()
    party.wait_for_function(OWN_LIVES)
    expect(party.get_by_role("button", name="镜头开着")).to_be_visible()
    advancing(at.mediator, "s1")


def mediator_without_devices_sees_and_hears(at: Sitting, everybody: People) -> None:
    desk = at.mediator
    desk.add_init_script(f"({ANSWERS})()")
    answering(desk, {"audio": "NotAllowedError", "video": "NotAllowedError"})
    desk.reload()
    expect(desk.get_by_text("您没有允许使用麦克风")).to_be_visible()
    advancing(desk, "s1", "s2")
    everybody.look(desk, "room-76-no-devices-desk", SHOTS)
    answering(desk, {"video": "NotAllowedError"})
    desk.get_by_role("button", name="再试一次").first.click()
    expect(desk.get_by_text("您没有允许使用摄像头")).to_be_visible()
    expect(desk.get_by_text("您没有允许使用麦克风")).to_have_count(0)
    desk.get_by_role("button", name="麦克风关着").click()
    answering(desk, {})
    desk.get_by_role("button", name="没有画面").click()
    advancing(at.one, "m")


def microphone_alone_lets_in_with_a_voice(at: Sitting, everybody: People) -> None:
    expert = at.one.context.new_page()
    expert.add_init_script(f"({ANSWERS})()")
    expert.goto(at.server.links["expert"])
    way_in = expert.get_by_role("button", name="仅用语音进入")
    answering(expert, {"audio": "NotAllowedError", "video": "NotAllowedError"})
    way_in.click()
    expect(expert.get_by_text("您没有允许使用麦克风")).to_be_visible()
    expect(expert.get_by_role("button", name="先不用声音，进去打字")).to_be_visible()
    answering(expert, {"video": "NotAllowedError"})
    expert.get_by_role("button", name="打开摄像头和麦克风").click()
    expect(expert.get_by_text("您没有允许使用摄像头")).to_be_visible()
    expect(expert.get_by_text("您没有允许使用麦克风")).to_have_count(0)
    everybody.look(expert, "room-77-camera-not-allowed-phone", SHOTS)
    way_in.click()
    at.mediator.locator("li[data-seat=e1]").get_by_role("button", name="请进").click()
    expect(expert.get_by_role("button", name="麦克风开着")).to_be_visible()
    answering(expert, {})
    expert.close()


def test_a_device_that_does_not_open_is_named_and_comes_back(at: Sitting, everybody: People) -> None:
    camera_of_a_party_comes_back(at, everybody)
    mediator_without_devices_sees_and_hears(at, everybody)
    microphone_alone_lets_in_with_a_voice(at, everybody)


KEEP_PEERS = """() => {
  const Made = window.RTCPeerConnection
  window.peersMade = []
  window.RTCPeerConnection = class extends Made {
    constructor(...given) { super(...given); window.peersMade.push(this) }
  }
}"""
# Of each connection that is open: the credentials of both sides, and those of the path by which packets go.
PATHS = """() => Promise.all(window.peersMade.filter(peer => peer.connectionState !== 'closed').map(async peer => {
  const name = of => of?.sdp.match(/a=ice-ufrag:(.+)/)?.[1].trim()
  const stats = [...(await peer.getStats()).values()]
  const pair = stats.find(s => s.id === stats.find(s => s.type === 'transport')?.selectedCandidatePairId)
  return {
    ours: name(peer.currentLocalDescription), theirs: name(peer.currentRemoteDescription),
    path: stats.find(s => s.id === pair?.localCandidateId)?.usernameFragment, state: peer.connectionState,
  }
}))"""


def paths_of(page: Page, but: list[dict[str, str]]) -> list[dict[str, str]]:
    """Of both connections, up and down, once each goes by a path of its newest credentials, and these are none of the former."""
    return list(
        page.evaluate(
            f"""async former => {{
              const fresh = one => one.state === 'connected' && one.path === one.ours && former.every(f => f.ours !== one.ours && f.theirs !== one.theirs)
              for (const until = performance.now() + 25000; ; await new Promise(resolve => setTimeout(resolve, 50))) {{
                const paths = await ({PATHS})()
                if (paths.length === 2 && paths.every(fresh)) return paths
                if (performance.now() > until) throw new Error(JSON.stringify([former, paths]))
              }}
            }}""",
            but,
        )
    )


def test_another_network_gives_the_same_media_a_new_path(at: Sitting) -> None:
    """What a phone tells its pages when it changes from one network to another: both connections look for a new path and keep their media."""
    at.one.add_init_script(f"({KEEP_PEERS})()")
    at.one.reload()
    advancing(at.one, "m", "s2")
    before, frames_before = paths_of(at.one, []), frames(at.one)
    made = at.one.evaluate("window.peersMade.length")
    at.one.evaluate("() => { window.dispatchEvent(new Event('online')) }")
    paths_of(at.one, before)
    advancing(at.one, "m", "s2")
    advancing(at.mediator, "s1")
    assert at.one.evaluate("window.peersMade.length") == made, "no connection was made anew"
    frames_after = frames(at.one)
    assert all(frames_after[seat] > frames_before[seat] for seat in ("m", "s2")), "no picture began anew"
    expect(at.one.get_by_text("网络良好")).to_be_visible()


def test_a_dead_media_worker_costs_a_moment_and_no_click(at: Sitting) -> None:
    server = at.server
    workers = [p for p in psutil.Process(server.process.pid).children(recursive=True) if "rooms.media.worker" in " ".join(p.cmdline())]
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    for page, seats in ((at.mediator, ("s1", "s2")), (at.one, ("m", "s2")), (at.two, ("m", "s1"))):
        advancing(page, *seats)


def test_whoever_leaves_gives_the_devices_up_for_good(at: Sitting) -> None:
    at.one.get_by_role("button", name="离开").click()
    at.one.get_by_role("button", name="离开").last.click()
    expect(at.mediator.locator("li[data-seat=s1]")).to_be_visible()
    at.one.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    at.one.wait_for_timeout(1000)
    assert not at.one.evaluate(OWN_LIVES)


def test_the_quality_of_the_calls_stands_on_the_page_of_the_case(at: Sitting, everybody: People) -> None:
    """Each page tells twice a minute, and when it leaves."""
    at.mediator.go_back()
    at.mediator.get_by_role("button", name="回到案件").click()
    at.mediator.get_by_role("heading", name="录音录像的保存").wait_for()
    at.mediator.reload()
    row = at.mediator.locator("section", has_text="通话质量").get_by_role("listitem").filter(has_text="王调解员")
    expect(row).to_contain_text("直连")
    everybody.look(at.mediator, "room-74-calls-desk", SHOTS)


@pytest.mark.every
def test_everybody_is_told_where_nothing_is_recorded_and_when_it_is_again(tmp_path: Path, everybody: People) -> None:
    """The disk does not take the recording's folder."""
    folder = tmp_path / "data" / "recordings"
    folder.parent.mkdir(mode=0o700)
    folder.write_text("in the way")
    with serving(tmp_path / "data") as server:
        at = sit(everybody, server)
        pages = (at.mediator, at.one, at.two)
        for page in pages:
            expect(page.get_by_text("录音录像没有录上")).to_be_visible()
            expect(page.get_by_text("正在录音录像")).to_have_count(0)
        everybody.look(at.one, "room-72-not-recorded-phone", SHOTS)
        everybody.look(at.mediator, "room-72-not-recorded-desk", SHOTS)
        folder.unlink()
        for page in pages:
            expect(page.get_by_text("正在录音录像")).to_be_visible()
            expect(page.get_by_text("录音录像没有录上")).to_have_count(0)
