"""A county from one file: everything that is wrong with it is told, what is right is brought in once, and people come in by their links."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import run_sync
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from web.commands import cli
from web.composition import open_house
from web.county import EXAMPLE, LIMIT, CountyError, Known, check, read_county
from web.county_verb import as_toml
from web.settings import Settings

OWN = "http://127.0.0.1:8420"


def problems(text: str, known: Known | None = None) -> list[str]:
    with pytest.raises(CountyError) as error:
        check(read_county(text), known or Known())
    return error.value.problems


def test_the_example_is_a_county() -> None:
    county = read_county(EXAMPLE)
    check(county, Known())
    assert read_county(as_toml(county)) == county
    on_trial = read_county(EXAMPLE.replace('name = "安和县"', 'name = "安和县"\ntrial = true'))
    assert on_trial.regions[0].trial and not on_trial.regions[1].trial and read_county(as_toml(on_trial)) == on_trial


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code = "139901001"', 'code = "139902001"', "lies in 139902"),
        ('code = "139901001"', 'code = "1399010"', "6, 9 or 12 digits"),
        ('code = "139901001"', 'code = "139901"', "the code 139901 is there twice"),
        ('id = "committee"', 'id = "centre"', "the id centre is there twice"),
        ('id = "committee"', 'id = "C"', "an id has 2 to 32"),
        ('organisation = "committee"\nregion = "139901"', 'organisation = "nobody"\nregion = "139901"', "there is no organisation nobody"),
        ('login = "wang"', 'login = "王"', "a name to sign in with"),
        ('login = "wang"', 'login = "zhou"', "the login zhou is there twice"),
        ('role = "mediator"', 'role = "resident"', "resident is no role of staff"),
        ('role = "mediator"', 'role = "boss"', "Invalid enum value 'boss'"),
        ('name = "王某"', 'name = ""', "name"),
        ('phone = "0318-0000000"', 'phone = "0318-0000000-0000000000"', "phone has more than 20 characters"),
        ('speciality = "邻里、物业"', 'speciality = "邻里\\u202e"', "speciality has characters that do not print"),
        ('name = "城关镇"', 'name = ""', "name is needed"),
        ("[[accounts]]", "[[people]]", "unknown field"),
        ("[[regions]]", "[[regions", "not a TOML file"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, told: str) -> None:
    assert old in EXAMPLE
    assert any(told in problem for problem in problems(EXAMPLE.replace(old, new, 1)))


def test_all_problems_at_once_and_limits() -> None:
    assert len(problems(EXAMPLE.replace('region = "139901"', 'region = "1"'))) >= 4
    assert problems("") == ["the file says nothing: it has no [[regions]], [[organisations]] or [[accounts]]"]
    many = "\n".join(f'[[regions]]\ncode = "{n:06d}"\nname = "x"' for n in range(LIMIT + 1))
    assert problems(many) == [f"regions: more than {LIMIT}"]


def test_two_who_take_cases_under_one_short_name() -> None:
    other = """
[[organisations]]
id = "liulin"
name = "柳林镇人民调解委员会"
short_name = "安和"
region = "139901"

[[accounts]]
login = "chen"
name = "陈某"
role = "mediator"
organisation = "liulin"
region = "139901"
"""
    assert problems(EXAMPLE + other) == ["organisations[2]: the short_name 安和 is there twice"]


def test_what_the_installation_has_already_counts() -> None:
    check(
        read_county('[[accounts]]\nlogin = "li"\nname = "李某"\nrole = "mediator"\norganisation = "o1"\nregion = "139901"'),
        Known({"139901"}, {"o1"}),
    )


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    try:
        check(read_county(text), Known())
    except CountyError as error:
        assert error.problems


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False, env={"COLUMNS": "300"})
    return done.exit_code, done.stdout + done.stderr


def _noted(data: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(f"{data}/heyi.sqlite3")) as db:
        return db.execute("SELECT act, subject, detail, by FROM audit_entry ORDER BY id").fetchall()


def test_from_the_command_line(tmp_path: Path) -> None:
    data, file, links = str(tmp_path / "data"), tmp_path / "county.toml", tmp_path / "links.csv"
    file.write_text(run("county", "--example")[1], encoding="utf-8")
    code, told = run("county", str(file), "--data", data, "--dry-run")
    assert code == 0 and "3 new (would be)" in told and "/j#" not in told
    code, told = run("county", str(file), "--data", data, "--links", str(links))
    assert code == 0 and "/j#" not in told
    rows = list(csv.reader(links.read_text(encoding="utf-8-sig").splitlines()))
    assert [row[1] for row in rows] == ["登录名", "zhou", "wang", "sun", "", ""] and all("/j#" in row[3] for row in rows[1:])
    assert [row[0] for row in rows[-2:]] == ["大屏 139901", "大屏 139901001"], "a wall of the county, and one of its township"
    assert links.stat().st_mode & 0o777 == 0o600
    assert run("county", str(file), "--data", data, "--links", str(links))[0] == 1, "links are never written over"
    code, told = run("county", str(file), "--data", data)
    assert code == 0 and "Everything is as the file says." in told
    file.write_text(file.read_text(encoding="utf-8").replace("王某", "王小某"), encoding="utf-8")
    code, told = run("county", str(file), "--data", data)
    assert code == 0 and "accounts: 1 altered: wang" in told
    town = 'name = "城关镇"'
    file.write_text(
        file.read_text(encoding="utf-8").replace(town, f"{town}\ntrial = true").replace('short_name = "安和"', 'short_name = "安"', 1),
        encoding="utf-8",
    )
    assert run("county", str(file), "--data", data)[0] == 0
    noted = _noted(data)
    assert Counter(act for act, *_ in noted) == {
        "region_made": 2, "organisation_made": 2, "created": 3, "wall_link_made": 2, "altered": 1, "region_altered": 1, "organisation_altered": 1,
    }, "whatever it changes, and no more"  # fmt: skip
    assert {row[3] for row in noted} == {"operator"}
    assert ("region_altered", "139901001", "城关镇 counts → 城关镇 trial", "operator") in noted, (
        "what decides whether it counts is in the log"
    )
    assert [row[2] for row in noted if row[0] == "organisation_altered"] == ["安和 139901 → 安 139901"]
    there, wanted = read_county(run("county", "--data", data)[1]), read_county(file.read_text(encoding="utf-8"))
    assert (there.regions, there.organisations) == (wanted.regions, wanted.organisations)
    assert there.accounts == sorted(wanted.accounts, key=lambda row: row.login)
    file.write_text(file.read_text(encoding="utf-8").replace('role = "mediator"', 'role = "boss"'), encoding="utf-8")
    code, told = run("county", str(file), "--data", data)
    assert code == 1 and "Nothing was changed" in told
    assert run("county", str(tmp_path / "none.toml"), "--data", data)[0] == 1
    file.write_bytes(EXAMPLE.encode("utf-8-sig").replace(b"\n", b"\r\n"))
    assert run("county", str(file), "--data", data, "--dry-run")[0] == 0
    file.write_bytes(EXAMPLE.encode("gb18030"))
    code, told = run("county", str(file), "--data", data)
    assert code == 1 and "save it as UTF-8" in told
    assert run("county", str(file), "--data", data, "--links", str(tmp_path / "none" / "links.csv"))[0] == 1


@asynccontextmanager
async def served(data: str) -> AsyncIterator[Any]:
    async with open_house(Settings(data=data, media=False, log_level="error")) as (_, config):
        yield config.app


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN, headers={"Origin": OWN})


async def enter(http: httpx.AsyncClient, token: str) -> int:
    answer = await http.post("/api/links/exchange", json={"token": token})
    if answer.status_code == 200:
        http.headers["X-Heyi-As"] = answer.json()["as"]
    return answer.status_code


@pytest.mark.anyio
async def test_who_comes_in_by_a_link_chooses_a_password(tmp_path: Path) -> None:
    data, file, links = str(tmp_path / "data"), tmp_path / "county.toml", tmp_path / "links.csv"
    file.write_text(EXAMPLE, encoding="utf-8")
    await run_sync(lambda: run("county", str(file), "--data", data, "--links", str(links)))
    tokens = {row[1]: row[3].partition("#")[2] for row in csv.reader(links.read_text(encoding="utf-8-sig").splitlines())}
    async with served(data) as app, client(app) as http, client(app) as thief, client(app) as later:
        assert (await enter(http, tokens["wang"]), await enter(thief, tokens["wang"])) == (200, 200)
        assert (await http.get("/api/password")).json() == {"login": "wang", "set": False}
        for wrong, code in (({"new": "short"}, "password_length"), ({"new": "x" * 129}, "password_length"), ({}, "malformed")):
            assert (await http.post("/api/password", json=wrong)).json()["code"] == code
        assert (await http.post("/api/password", json={"new": "correct horse"})).json() == {"ended": 1}
        assert (await http.get("/api/password")).json() == {"login": "wang", "set": True}
        assert (await thief.get("/api/password")).status_code == 403, "whoever had the link as well is out"
        assert await enter(later, tokens["wang"]) == 403, "and the link is of no use any more"
        assert (await http.post("/api/password", json={"new": "another one", "present": "wrong"})).json()["code"] == "present_password"
        assert (await later.post("/api/sign-in", json={"login": "wang", "password": "correct horse"})).status_code == 200
    code, told = await run_sync(lambda: run("account", "wang", "--link", "--data", data))
    assert code == 0
    async with served(data) as app, client(app) as http:
        assert (await http.post("/api/sign-in", json={"login": "wang", "password": "correct horse"})).status_code == 403
        assert await enter(http, told.partition("#")[2].split()[0]) == 200
        assert (await http.post("/api/password", json={"new": "a third one"})).status_code == 200
