"""Where the process dies between the files of a report and its case: they go after a day, and those of every case stay."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import httpx
import pytest

from storage.sweeping import AGE, Sweep
from tests.browser.pictures import wall_picture
from tests.recordings import recording
from tests.web.town import town

pytestmark = pytest.mark.anyio
REPORT = {"title": "楼上漏水", "facts": "楼上漏水", "region": "139901001", "name": "郑某", "phone": "13800005555"}


class Died(BaseException):
    """Nothing that runs after it would have, had the process died."""


async def report(http: httpx.AsyncClient, key: str) -> httpx.Response:
    files = [
        ("photos", ("a.jpg", wall_picture(1, 300, 200), "image/jpeg")),
        ("spoken", ("spoken", recording(picture="", seconds=2), "audio/webm")),
    ]
    return await http.post("/api/reports", data={"report": json.dumps(REPORT)}, files=files, headers={"Idempotency-Key": key})


def files_of(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


async def test_files_of_a_report_that_never_became_a_case(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(folder) as at, at.client() as guest:
        made = (await report(guest, "report-0001")).json()
        before = set(files_of(folder))

        async def dies(*_: object) -> None:
            raise Died

        with monkeypatch.context() as patch:
            patch.setattr(at.house.store, "create", dies)
            with pytest.raises(BaseException) as died:
                await report(guest, "report-0002")
            assert isinstance(died.value, Died) or died.group_contains(Died)
        assert len(set(files_of(folder)) - before) == 3, "a photograph, its small form, a voice"
        sweep = Sweep(folder)
        assert await sweep.turn() == 0, "it may be about to be referred to"
        long_ago = time.time() - 2 * AGE
        for file in files_of(folder):
            os.utime(file, (long_ago, long_ago))
        assert await sweep.turn() == 3 and set(files_of(folder)) == before
        heard = await guest.get(f"/api/cases/{made['case']}/spoken", params={"as": made["as"]})
        assert heard.status_code == 200
