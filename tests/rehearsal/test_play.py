"""The rehearsal itself is a test: every step holds, in both variants, and the recordings decode."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import av
import pypdf
import pytest

from rehearsal import clip
from rehearsal.figures import figures
from rehearsal.play import Play
from rehearsal.script import WHOLE
from tests.serving import serving

pytestmark = pytest.mark.anyio


async def test_with_recording(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        async with Play(server, clip.load(), tmp_path) as play:
            held = await play.run(WHOLE)
    assert held, [s for s in play.steps if not s.ok]
    measured = {f.name: len(f.samples["ours"]) for f in figures([play])}
    assert measured["media.join"] == 4, "three who met and the expert"
    assert measured["rehearsal.edit_to_everyone_p50"] == measured["rehearsal.edit_to_everyone_p99"] >= 100
    assert play.bundle is not None
    with zipfile.ZipFile(play.bundle) as bundle:
        recordings = [n for n in bundle.namelist() if n.startswith("recordings/")]
        assert {n.split("/")[1].split("-")[0] for n in recordings} >= {"m", "s1", "s2"}
        kinds = set()
        for name in recordings:
            frames: dict[str, int] = {}
            with av.open(io.BytesIO(bundle.read(name))) as container:
                for frame in container.decode():
                    kind = "video" if isinstance(frame, av.VideoFrame) else "audio"
                    frames[kind] = frames.get(kind, 0) + 1
            assert frames, f"{name} does not decode"
            kinds |= set(frames)
        assert kinds == {"audio", "video"}
        cited = re.search(r"存证摘要\s*SHA-256\s*([0-9a-f]{64})", "".join(page.extract_text() for page in agreement_of(bundle).pages))
        assert cited is not None and f'"entry_hash":"{cited[1]}"'.encode() in bundle.read("ledger.jsonl"), (
            "the page names what was recorded"
        )
        assert not any("底价".encode() in bundle.read(n) for n in bundle.namelist()), "the private talk is in the bundle"


def agreement_of(bundle: zipfile.ZipFile) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(bundle.read("agreement.pdf")))


@pytest.mark.every
async def test_one_party_refuses_the_recording(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        async with Play(server, clip.load(), tmp_path, recording=False) as play:
            held = await play.run(WHOLE)
    assert held, [s for s in play.steps if not s.ok]
    assert play.bundle is not None
    with zipfile.ZipFile(play.bundle) as bundle:
        assert not [n for n in bundle.namelist() if n.startswith("recordings/")]
        assert "本次调解至此时未录音录像" in "".join(page.extract_text() for page in agreement_of(bundle).pages).replace("\n", "")
