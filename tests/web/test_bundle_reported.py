"""What came with a report in the bundles of its case: opened as a ZIP by another program, and checked by the verifier that lies in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.agreements.filed import jpeg
from tests.recordings import recording
from tests.serving import Server, Visitor, serving

pytestmark = pytest.mark.anyio
VOICE = recording(picture="", seconds=3)
REPORT = {"title": "楼上漏水", "facts": "", "region": "139901001", "name": "郑某", "phone": "13800005555", "privacy": "1.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("county") / "data") as running:
        yield running


async def reported(server: Server, key: str) -> str:
    """A case told by voice with a photograph, and with one more that was added later."""
    guest = Visitor(server)
    files = [("spoken", ("spoken", VOICE, "audio/webm")), ("photos", ("wall.jpg", jpeg(), "image/jpeg"))]
    sent = await guest.http.post("/api/reports", data={"report": json.dumps(REPORT)}, files=files, headers={"Idempotency-Key": key})
    assert sent.status_code == 200, sent.text
    made = sent.json()
    elder = {name: text for name, text in REPORT.items() if name != "privacy"}
    again = await guest.http.post("/api/reports", data={"report": json.dumps(elder)}, files=files, headers={"Idempotency-Key": key})
    assert again.json()["case"] == made["case"], "from a page of an earlier version, it is the same report"
    headers = {"Idempotency-Key": key, "X-Heyi-As": made["as"], "Origin": server.url, "Content-Type": "image/jpeg"}
    later = await guest.http.post(f"/api/cases/{made['case']}/photos", content=jpeg(), headers=headers)
    assert later.status_code == 200, later.text
    return str(made["case"])


async def bundle(centre: Visitor, case: str, into: Path, **query: str) -> Path:
    answer = await centre.http.get(f"/api/cases/{case}/bundle", params={"as": centre.handle, **query}, timeout=60)
    assert answer.status_code == 200, answer.text
    into.write_bytes(answer.content)
    return into


def verified(archive: Path, folder: Path) -> tuple[int, dict[str, dict[str, Any]], str]:
    """By the program in the bundle, outside of the project: exit code, checks by their codes, and its words."""
    with zipfile.ZipFile(archive) as opened:
        (folder / "verify.py").write_bytes(opened.read("verify.py"))
    command = [sys.executable, "-I", str(folder / "verify.py"), str(archive)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, cwd=folder, check=False)
    words = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False).stdout
    return done.returncode, {one["code"]: one for one in json.loads(done.stdout)["checks"]}, words


def told(archive: Path) -> tuple[dict[str, bytes], str]:
    """What lies in `reported/`, and the guide."""
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.startswith("reported/")]
        return {name: opened.read(name) for name in names}, opened.read("说明.txt").decode()


async def test_each_bundle_has_of_the_report_what_belongs_there(server: Server, tmp_path: Path) -> None:
    case, centre = await reported(server, "reported-whole"), Visitor(server)
    await centre.open(server.links["centre"])
    whole = await bundle(centre, case, tmp_path / "full.zip")
    files, guide = told(whole)
    assert sorted(re.sub(r"-[0-9a-f]{20}", "", name) for name in files) == [
        "reported/photo.jpg",
        "reported/photo.jpg",
        "reported/voice.webm",
    ]
    assert next(data for name, data in files.items() if "voice" in name) == VOICE, "byte for byte as it came"
    assert "申请时的口述录音和照片" in guide
    with zipfile.ZipFile(whole) as opened:
        assert json.loads(opened.read("payloads/000001.json"))["payload"]["privacy"] == "1.0", "under which notice it was written"
    code, checks, words = verified(whole, tmp_path)
    assert code == 0 and (checks["reported"]["status"], checks["reported"]["voices"], checks["reported"]["photographs"]) == ("ok", 1, 2)
    assert "not_entered" not in checks and "entered_but_absent" not in checks
    assert "申请时的口述录音、照片与记录链所记一致" in words

    # A court that takes over learns what was asked for, and nothing that came up while it was mediated.
    failed = await bundle(centre, case, tmp_path / "failed.zip", profile="court_failure")
    files, guide = told(failed)
    assert sorted(name.partition("-")[0] for name in files) == ["reported/photo", "reported/voice"]
    assert "申请以后补充的照片不装入" in guide
    code, checks, _ = verified(failed, tmp_path)
    assert code == 0 and checks["reported"]["photographs"] == 1

    # What is not in the vault any more is named as absent, and its hash stays.
    (voice,) = (server.data).rglob("spoken/*")
    voice.unlink()
    lacking = await bundle(centre, case, tmp_path / "lacking.zip")
    assert "申请时的录音、照片有的已不在系统里" in told(lacking)[1]
    code, checks, _ = verified(lacking, tmp_path)
    assert code == 0 and [name.partition("-")[0] for name in checks["entered_but_absent"]["names"]] == ["reported/voice"]


async def test_a_changed_photograph_is_found(server: Server, tmp_path: Path) -> None:
    case, centre = await reported(server, "reported-changed"), Visitor(server)
    await centre.open(server.links["centre"])
    name = next(name for name in told(await bundle(centre, case, tmp_path / "before.zip"))[0] if "photo-" in name)
    (kept,) = server.data.rglob(f"photos/{name.partition('-')[2]}")
    kept.write_bytes(jpeg((40, 30)))
    code, checks, _ = verified(await bundle(centre, case, tmp_path / "changed.zip"), tmp_path)
    assert (code, checks["reported"]["status"], checks["reported"]["wrong"]) == (1, "fail", [name])
