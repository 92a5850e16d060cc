"""What a player is given of a WebM with pauses, in a real Firefox: it plays and seeks, and its sound decodes to what lies at each time.

Firefox lets no page listen to what it plays where there is no sound device; so the sound is decoded beside it, as one stretch.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.playable import Playable
from rooms.media.segments import SegmentIndex
from tests.browser.playing import JUMPS
from tests.rooms.media.firefox import opened, served
from tests.web.recorded_vp8 import MUTED, SECONDS, UNPLUGGED, heard, shown

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170), pytest.mark.anyio]
KEY = bytes(32)
# Seconds at which a tone begins in the decoded sound, and the length of that.
DECODED = """async source => {
  const context = new OfflineAudioContext(1, 48000, 48000)
  const sound = await context.decodeAudioData(await (await fetch(source)).arrayBuffer())
  const samples = sound.getChannelData(0), beeps = []
  let loud = -1
  for (let n = 0; n < samples.length; n++) {
    if (Math.abs(samples[n]) < 0.1) continue
    if (loud < 0 || n - loud > 24000) beeps.push(n / 48000)
    loud = n
  }
  return { beeps, seconds: sound.duration }
}"""
# The file's times at which white pictures begin, played from a moment on, and how long that took.
SHOWN = """async (source, from, seconds) => {
  const video = Object.assign(document.createElement('video'), { src: source, preload: 'auto' })
  await new Promise(good => video.addEventListener('canplay', good, { once: true }))
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const flashes = []
  let white = true
  const look = (_, about) => {
    pen.drawImage(video, 0, 0, 8, 8)
    const now = pen.getImageData(4, 4, 1, 1).data[0] > 200
    if (now && !white) flashes.push(about.mediaTime)
    white = now
    video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)
  video.currentTime = from
  await video.play()
  const began = performance.now()
  while (video.currentTime < from + seconds && performance.now() - began < 20000) await new Promise(good => setTimeout(good, 20))
  video.pause()
  return { flashes, took: (performance.now() - began) / 1000 }
}"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def given(folder: Path) -> Path:
    muxer = SegmentMuxer(SegmentPlan(folder, "a-0001", KEY, {"audio": "opus", "camera": "vp8"}, {"seat": "a"}))
    for at, frame in sorted([*shown(), *heard()], key=lambda one: one[0]):
        muxer.add(frame, 1000.0 + at, 0)
    muxer.close("ended", 0)
    index = SegmentIndex(folder / "a-0001.webm.enc", KEY)
    file = Playable(index, len(index.chunks))
    plain = folder / "given.webm"
    plain.write_bytes(file.read(0, file.size))
    return plain


async def test_it_is_in_step_and_sought_in(tmp_path: Path) -> None:
    file = given(tmp_path)
    routes = [Route("/", lambda request: HTMLResponse("<title>played</title>")), Route("/file", lambda request: FileResponse(file))]
    async with served(routes) as url, opened(url) as fox:
        decoded = await fox.run(DECODED, url + "file")
        beeps = [second for second in range(SECONDS) if not any(begin <= second < end for begin, end in (MUTED, UNPLUGGED))]
        assert [round(at) for at in decoded["beeps"]] == beeps and abs(decoded["seconds"] - SECONDS) < 0.1, decoded
        assert all(abs(at - round(at)) < 0.03 for at in decoded["beeps"]), decoded
        found = await fox.run(SHOWN, url + "file", 6.4, 7.0)
        assert [round(at) for at in found["flashes"]] == list(range(7, 14)) and 6.5 < found["took"] < 9, found
        moments = [11.5, 0.2, 7.9, 3.0]
        jumped = await fox.run(JUMPS, [url + "file", moments])
        assert abs(jumped["duration"] - SECONDS) < 0.1
        for wanted, there in zip(moments, jumped["shown"], strict=True):
            assert wanted - 0.05 < there <= wanted + 0.001, (wanted, there)
