"""What remains: who watched has seen it, the evidence bundle verifies, a backup serves the same."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from datetime import UTC, datetime

from evidence.verifier import verify_file
from rehearsal.client import Visitor
from rehearsal.play import Play
from rehearsal.server import Server
from storage.backup import make_backup, restore_backup


async def watched(play: Play) -> str:
    public, wall = play.clients["public"], play.clients["wall"]
    await public.until(lambda: public.docs[f"code/{play.code}"]["stage"] == "agreed")
    await wall.until(lambda: wall.docs["wall/139901"]["funnel"]["agreed"] == play.wall_before["funnel"]["agreed"] + 1)
    said = b"".join(public.frames)
    assert "李某".encode() not in said and "赵某".encode() not in said, "the public page carried a name"
    return "public page: agreed; wall: one more"


async def export(play: Play) -> str:
    await play.seats["m"].do("end_session", reason="已达成协议")
    host = play.visitors[play.host]
    async with asyncio.timeout(30):
        answer = await host.http.get(f"/api/cases/{play.case}/bundle", params={"as": host.handle})
    assert answer.status_code == 200, answer.text[:300]
    play.bundle = play.folder / f"{play.code}.heyi.zip"
    play.bundle.write_bytes(answer.content)
    play.anchor = (await host.http.get("/api/anchor")).json()["fingerprint"]
    return f"{len(answer.content) // 1024} KiB"


async def verify(play: Play) -> str:
    assert play.bundle is not None
    report = await asyncio.to_thread(verify_file, play.bundle, play.anchor)
    assert report.ok and report.anchored, [c for c in report.checks if c.status == "fail"]
    with zipfile.ZipFile(play.bundle) as bundle:
        digest, ledger = hashlib.sha256(bundle.read("record/record.json")).hexdigest(), bundle.namelist()
        closed = [name for name in ledger if name.startswith("payloads/") and digest.encode() in bundle.read(name)]
    assert len(closed) == 1, "the written record is not the one whose hash is in the ledger"
    flipped = bytearray(play.bundle.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    altered = play.folder / "altered.zip"
    altered.write_bytes(flipped)
    assert not (await asyncio.to_thread(verify_file, altered, play.anchor)).ok, "one flipped byte was not found"
    altered.unlink()
    return report.verdict


async def copies(play: Play) -> str:
    """What courts and parties get: each holds by itself, and leaves out what is not for them."""
    host, said = play.visitors[play.host], "我说一下情况".encode()
    wanted = {"court_success": {}, "court_failure": {}, "party": {"party": "p1"}}
    for profile, more in wanted.items():
        async with asyncio.timeout(30):
            answer = await host.http.get(f"/api/cases/{play.case}/bundle", params={"as": host.handle, "profile": profile, **more})
        assert answer.status_code == 200, answer.text[:300]
        path = play.folder / f"{profile}.zip"
        path.write_bytes(answer.content)
        report = await asyncio.to_thread(verify_file, path, play.anchor)
        assert report.ok and report.anchored, (profile, [c for c in report.checks if c.status == "fail"])
        with zipfile.ZipFile(path) as bundle:
            names, text = bundle.namelist(), b"".join(bundle.read(name) for name in bundle.namelist() if name.endswith(".json"))
        path.unlink()
        assert not [name for name in names if name.startswith("recordings/")], profile
        assert "verify.html" in names, profile
        assert ("agreement.pdf" in names) == (profile != "court_failure"), profile
        assert (said in text) == (profile == "party"), profile
        assert ("record/record.pdf" in names) == (profile == "party"), profile
        if profile == "party":
            assert [name for name in names if name.startswith("consents/")] == ["consents/s1.json"]
    return ", ".join(wanted)


async def restore(play: Play) -> str:
    """The copy, made while the server runs, serves the same case and proves the same evidence."""
    tar, copy = play.folder / "backup.tar", play.folder / "restored"
    url = f"sqlite://{play.server.data / 'heyi.sqlite3'}"
    manifest = await asyncio.to_thread(make_backup, play.server.data, url, tar, datetime.now(UTC))
    await asyncio.to_thread(restore_backup, tar, copy)
    again = await asyncio.to_thread(Server(copy).start)
    try:
        visitor = Visitor(again)
        async with visitor.connect(code=play.code) as public:
            assert (await public.follow(f"code/{play.code}"))["stage"] == "agreed"
        assert (await visitor.http.get("/api/anchor")).json()["fingerprint"] == play.anchor, "another authority"
        await visitor.http.aclose()
    finally:
        await asyncio.to_thread(again.stop)
        tar.unlink()
    return f"{len(manifest.items)} files"
