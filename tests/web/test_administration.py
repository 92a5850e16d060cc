"""Three administrators: each does what is theirs and is refused the rest, nobody the own account, nobody another region, and all of it is in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import run_sync
from typer.testing import CliRunner

from storage.database import reads
from storage.models.people import Account, Organisation, Region
from web.commands import cli
from web.composition import open_house
from web.passwords import hash_password
from web.settings import Settings

pytestmark = pytest.mark.anyio
OWN = "http://127.0.0.1:8420"
PASSWORD = "correct horse"
NEW = {"login": "li", "name": "李某", "role": "mediator", "organisation": "committee", "region": "139901"}
ORGANISATION = {"name": "柳林镇人民调解委员会", "short_name": "柳林", "region": "139901", "phone": "0318-0000000"}
STAFF = [
    ("sys", "system_admin", "139901"),
    ("sys2", "system_admin", "139901"),
    ("sec", "security_admin", "139901"),
    ("aud", "audit_admin", "139901"),
    ("wang", "mediator", "139901"),
    ("far", "mediator", "139902"),
]


class Place:
    def __init__(self, house: Any, app: Any, stack: AsyncExitStack) -> None:
        self.house, self._app, self._stack = house, app, stack

    async def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self._app, client=("203.0.113.77", 4000))
        return await self._stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=OWN, headers={"Origin": OWN}))

    async def enter(self, login: str) -> httpx.AsyncClient:
        http = await self.client()
        answer = await http.post("/api/sign-in", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return http


@asynccontextmanager
async def served(folder: Path, **settings: Any) -> AsyncIterator[Place]:
    async with (
        open_house(Settings(data=str(folder), media=False, log_level="error", **settings)) as (house, config),
        AsyncExitStack() as stack,
    ):
        hashed = await hash_password(PASSWORD)
        for code in ("139901", "139902"):
            await Region.create(code=code, name=code)
            await Organisation.create(id={"139901": "committee"}.get(code, "other"), name=code, short_name=code[-2:], region=code)
        for login, role, region in STAFF:
            await Account.create(id=login, login=login, name="某某", role=role, region=region, org="committee", password_hash=hashed)
        yield Place(house, config.app, stack)


async def code(answer: Any) -> str:
    answer = await answer
    return "" if answer.status_code == 200 else str(answer.json()["code"])


def at(path: str) -> str:
    return f"/api/administration/{path}"


def asked(http: httpx.AsyncClient, key: str = "wang") -> dict[str, Any]:
    """Every request of the pages, by the duty that it needs."""
    wanted = {field: NEW[field] for field in ("name", "role", "organisation", "region")}
    return {
        "see_accounts": lambda: http.get(at("accounts")),
        "create_account": lambda: http.post(at("accounts"), json=NEW),
        "alter_account": lambda: http.post(at(f"accounts/{key}"), json=wanted),
        "see_sign_ins": lambda: http.get(at(f"accounts/{key}/sign-ins")),
        "end_sign_ins": lambda: http.delete(at(f"accounts/{key}/sign-ins")),
        "lock_account": lambda: http.post(at(f"accounts/{key}/lock")),
        "unlock_account": lambda: http.post(at(f"accounts/{key}/unlock")),
        "reset_account": lambda: http.post(at(f"accounts/{key}/reset")),
        "keep_organisations": lambda: http.post(at("organisations"), json=ORGANISATION),
        "keep_retention": lambda: http.post(at("retention/committee"), json={"days": 30}),
        "keep_calendar": lambda: http.post(at("calendar"), json={"day": "2026-12-24", "working": False, "name": "庙会"}),
        "read_log": lambda: http.get(at("log")),
        "read_deliveries": lambda: http.get(at("deliveries")),
    }


async def test_each_does_what_is_theirs_and_no_more(folder: Path) -> None:
    async with served(folder) as place:
        for login in ("sys", "sec", "aud"):
            http = await place.enter(login)
            duties = (await http.get("/api/administration")).json()["duties"]
            for duty, ask in asked(http).items():
                assert await code(ask()) == ("" if duty in duties else "not_allowed"), (login, duty)
        stranger = await place.enter("sys2")
        await Account.filter(id="sys2").update(role="centre")
        for ask in asked(stranger).values():
            assert await code(ask()) == "no_page", "a centre administers nobody"
        nobody = await place.client()
        assert await code(nobody.get("/api/administration")) == "signed_out"


async def test_nobody_the_own_account_nor_another_region_nor_another_administrator(folder: Path) -> None:
    async with served(folder) as place:
        system, security = await place.enter("sys"), await place.enter("sec")
        assert await code(asked(system, "sys")["alter_account"]()) == "own_account"
        for duty in ("see_sign_ins", "end_sign_ins", "lock_account", "unlock_account", "reset_account"):
            assert await code(asked(security, "sec")[duty]()) == "own_account"
            for unknown in ("far", "nobody", "x" * 300):
                assert await code(asked(security, unknown)[duty]()) == "no_account"
        assert await code(asked(system, "far")["alter_account"]()) == "no_account"
        assert await code(asked(security, "sys")["reset_account"]()) == "administrators_apart"
        assert await code(asked(system, "aud")["alter_account"]()) == "administrators_apart"
        for role in ("security_admin", "system_admin", "audit_admin", "wall", "resident"):
            assert await code(system.post(at("accounts"), json=NEW | {"role": role})) == "administrators_apart"
            assert await code(system.post(at("accounts/wang"), json={k: v for k, v in NEW.items() if k != "login"} | {"role": role})) != ""
        assert await code(asked(security, "sys")["lock_account"]()) == "", "but they may be locked"
        assert await code(system.get("/api/administration")) != ""


async def test_what_is_wrong_is_said(folder: Path) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        for wrong, told in (
            ({"login": "王"}, "login_shape"),
            ({"login": "x" * 61}, "login_shape"),
            ({"login": "wang"}, "login_taken"),
            ({"name": ""}, "name_missing"),
            ({"name": "x" * 41}, "too_long"),
            ({"role": "boss"}, "malformed"),
            ({"organisation": "other"}, "no_organisation"),
            ({"region": "139902"}, "no_region"),
            ({"region": "139901999"}, "no_region"),
            ({"more": "x"}, "malformed"),
        ):
            assert await code(http.post(at("accounts"), json=NEW | wrong)) == told, wrong
        for query in ("page=0", "page=1001", "page=x", "page=²"):
            assert await code(http.get(at(f"accounts?{query}"))) == "malformed"
        assert await code(http.get(at("accounts?q=" + "x" * 61))) == "too_long"
        audit = await place.enter("aud")
        for query in ("before=-1", "before=x", "before=" + "9" * 19):
            assert await code(audit.get(at(f"log?{query}"))) == "malformed"
        for query in ("count=0", "count=501", "kind=x", "kind=SIGN_INS"):
            assert await code(audit.get(at(f"log?{query}"))) == "malformed"
        for day in ("0001-01-01", "9999-12-31", "20260504", "2026-02-30", "２０２６-05-04"):
            assert (
                await code(audit.get(at("log"), params={"since": day}))
                == await code(audit.get(at("log"), params={"until": day}))
                == "date_shape"
            )
        assert await code(audit.get(at("log?who=" + "x" * 61))) == "too_long"
        answers = [await code(http.get(at("accounts"))) for _ in range(70)]
        assert answers.count("too_fast") > 0


async def test_no_two_organisations_give_one_number(folder: Path) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        await Organisation.create(id="namesake", name="综治中心", short_name="01", region="139901")
        assert await code(http.post(at("accounts"), json=NEW | {"organisation": "namesake"})) == "short_name_shared"
        assert await code(http.post(at("accounts"), json=NEW | {"organisation": "namesake", "role": "centre"})) == ""
        assert await code(http.post(at("accounts"), json=NEW | {"login": "zhou"})) == ""


async def test_organisations_are_made_and_altered_within_the_county(folder: Path) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        key = (await http.post(at("organisations"), json=ORGANISATION)).json()["id"]
        overview = (await http.get("/api/administration")).json()
        assert (overview["passwords"], overview["provider"]) == (True, "")
        assert {"id": key, **ORGANISATION} in overview["organisations"]
        for wrong, told in (
            ({"name": ""}, "missing"),
            ({"name": "x" * 81}, "too_long"),
            ({"short_name": " \n"}, "missing"),
            ({"short_name": "x" * 21}, "too_long"),
            ({"phone": "1" * 21}, "too_long"),
            ({"region": "139902"}, "no_region"),
            ({"region": ""}, "no_region"),
            ({"more": ""}, "malformed"),
        ):
            assert await code(http.post(at("organisations"), json=ORGANISATION | wrong)) == told, wrong
            assert await code(http.post(at(f"organisations/{key}"), json=ORGANISATION | wrong)) == told, wrong
        for unknown in ("other", "nobody", "x" * 300):
            assert await code(http.post(at(f"organisations/{unknown}"), json=ORGANISATION)) == "no_organisation"
        assert await code(http.post(at("accounts"), json=NEW | {"organisation": key})) == ""
        assert await code(http.post(at(f"organisations/{key}"), json=ORGANISATION | {"short_name": "01"})) == "short_name_shared"
        assert await code(http.post(at(f"organisations/{key}"), json=ORGANISATION | {"short_name": "柳", "name": "柳林"})) == ""
        entries = (await (await place.enter("aud")).get(at("log"))).json()
        about = [(entry["act"], entry["subject"], entry["detail"]) for entry in entries if entry["act"].startswith("organisation")]
        assert about == [("organisation_altered", "柳林", "柳林 139901 → 柳 139901"), ("organisation_made", "柳林", "柳林 139901")]


async def test_from_the_new_account_to_its_lock_and_what_the_log_says(folder: Path) -> None:
    async with served(folder) as place:
        system, security, audit = await place.enter("sys"), await place.enter("sec"), await place.enter("aud")
        made = (await system.post(at("accounts"), json=NEW)).json()
        token = made["link"].partition("#")[2]
        li, late = await place.client(), await place.client()
        entered = (await li.post("/api/links/exchange", json={"token": token})).json()
        li.headers["X-Heyi-As"] = entered["as"]
        assert await code(late.post("/api/links/exchange", json={"token": token})) == "link_spent"
        assert await code(li.post("/api/password", json={"new": PASSWORD})) == ""

        found = (await system.get(at("accounts?q=LI"))).json()
        assert found["total"] == 1 and found["rows"][0]["password"] and found["rows"][0]["signed_in"] == 1
        assert {row["login"] for row in (await system.get(at("accounts"))).json()["rows"]} == {"sys", "sys2", "sec", "aud", "wang", "li"}
        moved = {"name": "李小某", "role": "grid_worker", "organisation": "committee", "region": "139901"}
        assert await code(system.post(at(f"accounts/{made['id']}"), json=moved)) == ""
        assert (await li.get("/api/me")).json()["role"] == "grid_worker"

        assert len((await security.get(at(f"accounts/{made['id']}/sign-ins"))).json()) == 1
        assert (await security.delete(at(f"accounts/{made['id']}/sign-ins"))).json() == {"ended": 1}
        assert await code(li.get("/api/me")) == "session_ended"
        assert await code(security.post(at(f"accounts/{made['id']}/lock"))) == ""
        assert await code(li.post("/api/sign-in", json={"login": "li", "password": PASSWORD})) == "wrong_password"
        for name in ("x" * 61, "王" * 10_000, ""):
            assert await code(li.post("/api/sign-in", json={"login": name, "password": PASSWORD})) == "wrong_password", (
                "whatever is written there"
            )
        assert await code(security.post(at(f"accounts/{made['id']}/unlock"))) == ""
        assert await code(li.post("/api/sign-in", json={"login": "li", "password": PASSWORD})) == ""
        link = (await security.post(at(f"accounts/{made['id']}/reset"))).json()["link"]
        assert await code(li.post("/api/sign-in", json={"login": "li", "password": PASSWORD})) == "wrong_password"
        assert await code(late.post("/api/links/exchange", json={"token": link.partition("#")[2]})) == ""

        entries = (await audit.get(at("log"))).json()
        about = [(entry["act"], entry["by"]) for entry in reversed(entries) if entry["subject"] == "li"]
        assert about == [
            ("created", "sys"), ("signed_in", "li"), ("password_chosen", "li"), ("altered", "sys"), ("sign_ins_ended", "sec"), ("locked", "sec"),
            ("attempt_failed", "li"), ("unlocked", "sec"), ("signed_in", "li"), ("reset", "sec"), ("attempt_failed", "li"), ("signed_in", "li"),
        ]  # fmt: skip
        assert next(e["detail"] for e in entries if e["act"] == "altered") == "mediator committee 139901 → grid_worker committee 139901"
        assert {e["address"] for e in entries if e["act"] == "signed_in"} == {"203.0.113.*"}
        assert {e["names"].get("li") for e in entries if e["subject"] == "li"} == {"李小某"}, "as it is called today"
        entries = [{**entry, "names": {}} for entry in entries]
        assert "李" not in str(entries) and PASSWORD not in str(entries) and token not in str(entries)


async def test_no_administrator_sees_a_case(folder: Path) -> None:
    async with served(folder) as place:
        for login in ("sys", "sec", "aud"):
            http = await place.enter(login)
            assert (await http.get("/api/cases/x/proposals")).status_code == 404
            assert (await http.get("/api/cases")).status_code in {403, 404}


async def test_administrators_need_a_second_factor_where_it_is_demanded(folder: Path) -> None:
    async with served(folder, administrators_second_factor=True) as place:
        http = await place.enter("sys")
        for ask in [lambda: http.get("/api/administration"), *asked(http).values()]:
            assert await code(ask()) == "second_factor_needed"
        assert await code(http.get("/api/second-factor")) == "", "it can be turned on"


async def test_administrators_are_made_at_the_command_line(folder: Path) -> None:
    async with served(folder):
        pass

    def run(*arguments: str) -> int:
        return CliRunner().invoke(cli, ["create-admin", *arguments, "--password", PASSWORD, "--data", str(folder)]).exit_code

    assert await run_sync(lambda: run("eve", "--role", "audit_admin", "--region", "139901")) == 0
    assert await run_sync(lambda: run("eve")) == 1
    assert await run_sync(lambda: run("mallory", "--role", "mediator")) == 2
    assert await run_sync(lambda: run("mallory", "--region", "999999")) == 1
    async with open_house(Settings(data=str(folder), media=False, log_level="error")):
        eve = await Account.get(login="eve", using_db=reads())
        assert (eve.role, eve.region) == ("audit_admin", "139901")


async def test_a_day_of_the_calendar_is_set_and_taken_out(folder: Path) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        day = {"day": "2026-12-24", "working": False, "name": "庙会"}
        assert (await http.post(at("calendar"), json=day)).json() == {"recounted": 0}
        year = (await http.get(at("calendar/2026"))).json()
        assert {**day, "own": True} in year["days"] and "2026" in year["notice"]
        assert {"day": "2026-10-10", "working": True, "name": "国庆节调休", "own": False} in year["days"]
        assert (await http.get(at("calendar/2031"))).json() == {"year": 2031, "notice": "", "days": []}
        for wrong, told in (
            ({"day": "1999-12-31"}, "no_year"),
            ({"day": "2026-02-30"}, "malformed"),
            ({"name": " "}, "missing"),
            ({"name": "x" * 21}, "too_long"),
        ):
            assert await code(http.post(at("calendar"), json=day | wrong)) == told, wrong
        assert await code(http.get(at("calendar/1999"))) == await code(http.get(at("calendar/x"))) == "no_year"
        assert await code(http.delete(at("calendar/2026-12-24"))) == ""
        assert await code(http.delete(at("calendar/2026-12-24"))) == "no_day"
        assert await code(http.delete(at("calendar/tomorrow"))) == "date_shape"
        audit = await place.enter("aud")
        acts = [(row["act"], row["detail"]) for row in (await audit.get(at("log"))).json() if row["act"] == "calendar_altered"]
        assert acts == [("calendar_altered", "2026-12-24 as the notice has it"), ("calendar_altered", "2026-12-24 off")]
