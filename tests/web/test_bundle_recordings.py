"""Recordings that do not fit into one bundle, and pieces of them that are damaged."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evidence.verifier import Report, verify_file
from storage.models.recordings import SegmentRow
from tests.web.test_recorded_h264 import left
from web import bundle_recordings
from web.bundle_recordings import volumes_of

pytestmark = pytest.mark.anyio


def row(number: int, size: int) -> SegmentRow:
    return SegmentRow(id=f"c1-1/s1-{number:04d}", size=size)


def test_a_volume_is_filled_in_order_and_a_large_piece_has_one_to_itself() -> None:
    rows = [row(n, size) for n, size in enumerate((40, 40, 40, 150, 10))]
    assert [[int(one.id[-4:]) for one in part] for part in volumes_of(rows, 100)] == [[0, 1], [2], [3], [4]]
    assert volumes_of([], 100) == [[]]


async def fetched(at: Any, http: Any, folder: Path, volume: int = 1) -> tuple[Report, dict[str, Any], str]:
    answer = await http.get(f"/api/cases/{at.session.case}/bundle?volume={volume}")
    assert answer.status_code == 200, answer.text[:300]
    path = folder / f"{volume}.zip"
    path.write_bytes(answer.content)
    with zipfile.ZipFile(path) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
    return await asyncio.to_thread(verify_file, path), manifest, answer.headers["Content-Disposition"]


async def test_each_of_two_volumes_holds_by_itself_and_names_what_is_in_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_recordings, "VOLUME", 1000)
    async with left(tmp_path) as at, at.signed_in("wang") as http:
        told = (await http.get(f"/api/cases/{at.session.case}/bundle/volumes")).json()
        assert [one["number"] for one in told] == [1, 2] and all(one["bytes"] > 1000 for one in told)
        paths = []
        for number in (1, 2):
            report, manifest, name = await fetched(at, http, tmp_path, number)
            assert report.ok, [check for check in report.checks if check.status == "fail"]
            assert manifest["volume"] == {"number": number, "of": 2} and f".{number}-2.heyi.zip" in name
            (mine,) = manifest["recordings"]
            (other,) = manifest["elsewhere"]
            paths.append((mine["path"], other["path"]))
            warned = {check.code: check.detail for check in report.checks if check.status == "warn"}
            assert warned["other_volumes"]["names"] == [other["path"]] and "entered_but_absent" not in warned
        assert paths[0] == paths[1][::-1]
        assert (await http.get(f"/api/cases/{at.session.case}/bundle?volume=3")).json()["code"] == "no_volume"
        assert (await http.get(f"/api/cases/{at.session.case}/bundle?volume=0")).json()["code"] == "malformed"


async def test_a_piece_that_was_altered_is_left_out_and_told(tmp_path: Path) -> None:
    async with left(tmp_path) as at, at.signed_in("wang") as http:
        first, second = await SegmentRow.all().order_by("started_at")
        file = Path(second.folder) / f"{second.id.partition('/')[2]}.mp4.enc"
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        report, manifest, _ = await fetched(at, http, tmp_path)
        assert report.ok, [check for check in report.checks if check.status == "fail"]
        assert [one["segment"] for one in manifest["damaged"]] == [second.id.partition("/")[2]]
        (there,) = manifest["recordings"]
        assert there["path"].startswith(f"recordings/{first.id.partition('/')[2]}")
        assert [(gap["reason"], gap["note"]) for gap in there["gaps"]] == [("damaged", second.id.partition("/")[2])]
        assert "recordings_damaged" in {check.code for check in report.checks if check.status == "warn"}
