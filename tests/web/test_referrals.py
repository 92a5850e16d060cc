"""Another system refers cases to a real server: signed, once under each number, seen by the centre, its course read back; and nothing else of anybody."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from typer.testing import CliRunner

from tests.agreements.filed import jpeg
from tests.serving import Server, Visitor, serving
from tests.web.test_spoken_reports import VOICE
from web.commands import cli
from web.reports import REPORT_LIMIT
from web.signed_requests import signature_of

pytestmark = pytest.mark.anyio

SAID = {
    "title": "夜间施工噪声",
    "facts": "工地夜里十二点还在施工，打过两次电话",
    "region": "139901001",
    "name": "孙某",
    "phone": "13800007777",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("county") / "data") as running:
        yield running


def verb(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(cli, ["referrer", "--data", str(folder), *words])


@pytest.fixture(scope="module")
def hotline(server: Server) -> dict[str, str]:
    made = verb(server.data, "--name", "12345政务服务热线", "--source", "12345转办", "--region", "139901", "--json")
    return dict(json.loads(made.stdout))


class System:
    """The other system: signs and sends."""

    def __init__(self, server: Server, who: dict[str, str]) -> None:
        self._http, self._who = httpx.AsyncClient(base_url=server.url, timeout=20), who

    async def refer(self, reference: str, **changes: str) -> tuple[int, dict[str, Any]]:
        return await self.send("POST", "/api/referrals", json.dumps({**SAID, "reference": reference, **changes}).encode())

    async def hand_over(self, reference: str, photos: list[bytes], voice: bytes = b"", **changes: str) -> tuple[int, dict[str, Any]]:
        """With files, as a form."""
        files: list[Any] = [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
        files += [("spoken", ("told", voice, "audio/webm"))] if voice else []
        form = httpx.Request("POST", "http://x/", data={"report": json.dumps({**SAID, "reference": reference, **changes})}, files=files)
        return await self.send("POST", "/api/referrals", form.read(), **{"Content-Type": form.headers["Content-Type"]})

    async def progress(self, reference: str) -> tuple[int, dict[str, Any]]:
        return await self.send("GET", f"/api/referrals?reference={quote(reference)}", b"")

    async def send(self, method: str, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        at = str(int(time.time()))
        signed = signature_of(method, path, at, "", body, bytes.fromhex(self._who["secret"]))
        answer = await self._http.request(
            method, path, content=body, headers={"Heyi-System": self._who["id"], "Heyi-Time": at, "Heyi-Signature": signed, **headers}
        )
        return answer.status_code, answer.json()


async def test_a_case_is_referred_once_seen_by_the_centre_and_followed(server: Server, hotline: dict[str, str]) -> None:
    system, centre = System(server, hotline), Visitor(server)
    await centre.open(server.links["centre"])
    async with centre.connect() as client:
        before = set((await client.follow("centre/139901"))["cases"])
        status, made = await system.refer("12345-2026-17")
        assert status == 201 and made["stage"] == "reported" and made["url"].endswith(made["code"])
        await client.until(lambda: set(client.docs["centre/139901"]["cases"]) - before)
        (case,) = set(client.docs["centre/139901"]["cases"]) - before
        page = await client.follow(f"case/{case}")
        assert (page["source"], page["referred"]) == ("12345转办", {"by": "12345政务服务热线", "reference": "12345-2026-17"})
        assert page["people"]["p1"]["phone"] == "138****7777"
        assert await system.refer("12345-2026-17") == (200, made), "sent again, it is the same case"
        await client.do({"t": "classify", "case": case, "dispute_type": "环境污染"})
        await client.do({"t": "dispatch", "case": case, "to": ["wang"], "mode": "assign", "note": ""})
        status, now = await system.progress("12345-2026-17")
        assert (status, now["stage"], now["code"]) == (200, "dispatched", made["code"])
        own = {"reference", "received_at", "url"}
        told = _said({name: value for name, value in now.items() if name not in own})
        assert told == await _public(server, made["code"]), "what everybody reads, no more"
        found = (await centre.http.get("/api/cases", params={"q": "12345-2026-17", "as": centre.handle})).json()
        assert [row[0] for row in found["rows"]] == [case]
    assert (await system.refer("12345-2026-17", facts="别的事"))[1]["code"] == "referred_already"
    assert (await system.progress("12345-2026-18"))[1]["code"] == "no_referral"


def _said(told: Any) -> Any:
    """Without what is not there: a document on its way to a page leaves that out."""
    if isinstance(told, dict):
        return {name: _said(value) for name, value in told.items() if value is not None}
    return [_said(one) for one in told] if isinstance(told, list) else told


async def _public(server: Server, code: str) -> dict[str, Any]:
    async with Visitor(server).connect(code=code) as anybody:
        return dict(await anybody.follow(f"code/{code}"))


async def test_two_that_come_at_once_make_one_case(server: Server, hotline: dict[str, str]) -> None:
    system = System(server, hotline)
    answers = await asyncio.gather(*(system.refer("冀信转〔2026〕9号") for _ in range(8)))
    assert len({made["code"] for _, made in answers}) == 1 and {status for status, _ in answers} <= {200, 201}
    mixed = await asyncio.gather(*(system.refer("12345-2026-20", facts=f"第 {n} 种说法") for n in range(4)))
    assert sorted(status for status, _ in mixed) == [201, 409, 409, 409], "one content has the number; the others are told"


async def test_what_is_wrong_costs_nothing_and_is_named(server: Server, hotline: dict[str, str]) -> None:
    system = System(server, hotline)
    for changes, status, code in (
        ({"reference": " "}, 422, "bad_reference"),
        ({"region": "139902001"}, 422, "unknown_region"),
        ({"name": "孙😀"}, 422, "name_character"),
        ({"phone": "1380000"}, 422, "phone_length"),
        ({"facts": "长" * 5001}, 422, "too_long"),
        ({"facts": "长" * 40_000}, 422, "too_long"),
        ({"kind": "riot"}, 422, "malformed"),
        ({"region": "139901"}, 422, "unknown_region"),
        ({"source": "信访转办"}, 422, "malformed"),
    ):
        answer = await system.refer(**{"reference": "12345-2026-30", **changes})
        assert (answer[0], answer[1]["code"]) == (status, code), changes
    for raw in (b"{", "工地".encode("gbk"), b'{"reference":"\xff"}', b"[" * 60_000):
        assert (await system.send("POST", "/api/referrals", raw))[1]["code"] == "malformed"
    assert (await system.progress("12345-2026-30"))[1]["code"] == "no_referral"
    stranger = System(server, {**hotline, "secret": "00" * 32})
    unknown = System(server, {**hotline, "id": "ref-none"})
    wrong, nobody = await stranger.refer("12345-2026-31"), await unknown.refer("12345-2026-31")
    assert wrong == nobody and wrong[0] == 401 and wrong[1]["code"] == "not_signed"
    early = await system.send("GET", "/api/referrals?reference=x", b"", **{"Heyi-Time": "1000000000"})
    assert (early[0], early[1]["code"]) == (401, "not_signed"), "the time is signed with the rest"


async def test_photographs_and_a_voice_come_with_it(server: Server, hotline: dict[str, str]) -> None:
    system, centre = System(server, hotline), Visitor(server)
    await centre.open(server.links["centre"])
    wall, roof = jpeg((1200, 900)), jpeg((900, 1200))
    status, made = await system.hand_over("12345-2026-60", [wall, roof], VOICE, facts="")
    assert status == 201, made
    assert await system.hand_over("12345-2026-60", [wall, roof], VOICE, facts="") == (200, made), "sent again, it is the same case"
    found = (await centre.http.get("/api/cases", params={"q": "12345-2026-60", "as": centre.handle})).json()
    case = found["rows"][0][0]
    async with centre.connect() as client:
        page = await client.follow(f"case/{case}")
        assert [(one["width"], one["height"]) for one in page["pictures"]] == [(1200, 900), (900, 1200)] and page["spoken"] > 1000
        assert page["title"] == SAID["title"] and not page["facts"]
        for picture in page["pictures"]:
            shown = await centre.http.get(f"/api/photos/{picture['id']}", params={"as": centre.handle})
            assert shown.status_code == 200 and shown.content.startswith(b"\xff\xd8")
        heard = await centre.http.get(f"/api/cases/{case}/spoken", params={"as": centre.handle})
        assert heard.content == VOICE
    for photos, voice in (([wall], VOICE), ([roof, wall], VOICE), ([wall, roof], b"")):
        answer = await system.hand_over("12345-2026-60", photos, voice, facts="" if voice else "打过两次电话")
        assert (answer[0], answer[1]["code"]) == (409, "referred_already"), "other files are another content"


async def test_files_that_are_wrong_are_named_and_make_no_case(server: Server, hotline: dict[str, str]) -> None:
    system, wall = System(server, hotline), jpeg((1200, 900))
    for photos, voice, code in (
        ([b"not a picture"], b"", "not_a_photo"),
        ([wall] * 10, b"", "too_many_photos"),
        ([], b"not a voice", "spoken_unreadable"),
    ):
        assert (await system.hand_over("12345-2026-61", photos, voice))[1]["code"] == code
    assert (await system.send("POST", "/api/referrals", b"--x", **{"Content-Type": "multipart/form-data; boundary=x"}))[1][
        "code"
    ] == "malformed"
    assert (await system.progress("12345-2026-61"))[1]["code"] == "no_referral"
    stranger = System(server, {**hotline, "secret": "00" * 32})
    assert (await stranger.hand_over("12345-2026-62", [wall]))[1]["code"] == "not_signed"


async def test_how_much_may_come_at_once(server: Server, hotline: dict[str, str]) -> None:
    """The limit is of the whole form, and told before it is read to its end."""
    system = System(server, hotline)
    status, told = await system.hand_over("12345-2026-63", [bytes(14 << 20)] * 7)
    assert (status, told["code"], told["detail"]["limit"]) == (422, "too_long", REPORT_LIMIT)


async def test_another_system_knows_nothing_of_it_and_one_that_ended_nothing_at_all(server: Server, hotline: dict[str, str]) -> None:
    assert (await System(server, hotline).refer("12345-2026-40"))[0] == 201
    made = await asyncio.to_thread(verb, server.data, "--name", "信访系统", "--source", "信访转办", "--region", "139901001", "--json")
    assert made.exit_code == 0, made.output
    other = json.loads(made.stdout)
    letters = System(server, other)
    assert (await letters.progress("12345-2026-40"))[1]["code"] == "no_referral"
    assert (await letters.refer("12345-2026-40"))[0] == 201, "each system has its own numbers"
    assert (await letters.refer("xf-1", region="139901002"))[1]["code"] == "region_elsewhere"
    assert (await asyncio.to_thread(verb, server.data, "--end", other["id"])).exit_code == 0
    assert (await letters.progress("12345-2026-40"))[1]["code"] == "not_signed"


def test_the_verb_lists_without_secrets_and_says_what_is_wrong(server: Server, hotline: dict[str, str]) -> None:
    listed = verb(server.data, "--json").stdout
    assert hotline["id"] in listed and hotline["secret"] not in listed
    assert hotline["secret"].encode() not in b"".join(file.read_bytes() for file in server.data.glob("*.db*")), "sealed at rest"
    for wrong in (
        ("--name", "x", "--source", "当事人申请", "--region", "139901"),
        ("--name", "x", "--source", "12345转办", "--region", "139999"),
        ("--name", "x", "--source", "12345转办"),
        ("--end", "ref-none"),
    ):
        assert verb(server.data, *wrong).exit_code == 1, wrong
    for unclear in (("--end", "x", "--name", "y"), ("--source", "12345转办", "--region", "139901"), ("--end", "x", "--renew", "x")):
        assert verb(server.data, *unclear).exit_code == 2, unclear
    nowhere = server.data / "mistyped"
    assert verb(nowhere).exit_code == 1 and not nowhere.exists(), "no key is made that seals what no server opens"


async def test_another_secret_ends_the_former_and_the_numbers_stay_its_own(server: Server) -> None:
    made = await asyncio.to_thread(verb, server.data, "--name", "公安系统", "--source", "公安机关移交", "--region", "139901", "--json")
    former = json.loads(made.stdout)
    assert (await System(server, former).refer("ga-1"))[0] == 201
    renewed = json.loads((await asyncio.to_thread(verb, server.data, "--renew", former["id"], "--json")).stdout)
    assert renewed["id"] == former["id"] and renewed["secret"] != former["secret"]
    assert (await System(server, former).refer("ga-1"))[1]["code"] == "not_signed"
    assert (await System(server, renewed).refer("ga-1"))[0] == 200


SCRIPT = r"""
set -eu
body='{"reference":"12345-2026-77","title":"路灯","facts":"路灯坏了三盏","kind":"matter","region":"139901001","name":"孙某"}'
at=$(date +%s)
hash=$(printf %s "$body" | openssl dgst -sha256 -r | cut -d' ' -f1)
signature=$(printf 'POST\n/api/referrals\n%s\n\n%s' "$at" "$hash" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$SECRET" -r | cut -d' ' -f1)
curl -sS --max-time 20 -X POST "$URL/api/referrals" -H "Heyi-System: $ID" -H "Heyi-Time: $at" -H "Heyi-Signature: $signature" --data-binary "$body"
"""


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="needs openssl and curl")
def test_a_few_lines_of_shell_can_refer_a_case(server: Server, hotline: dict[str, str]) -> None:
    """As docs/protocol.md has them: OpenSSL and curl know nothing of this program."""
    environment = {"URL": server.url, "ID": hotline["id"], "SECRET": hotline["secret"], "PATH": "/usr/bin:/bin"}
    told = subprocess.run(["/bin/sh", "-c", SCRIPT], env=environment, capture_output=True, check=True, timeout=60)
    assert json.loads(told.stdout)["kind"] == "matter"
