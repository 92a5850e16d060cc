"""The address of a case's public page, typed as people type: it leads to the one with the code as printed, and tells nobody whether there is such a case."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database import reads
from storage.models.cases import CaseRow
from tests.web.town import town
from web.entry_codes import number_of

pytestmark = pytest.mark.anyio


@given(st.text("HYhyｈｙＡ0a-－ 7.Oо", max_size=20))
def test_what_is_read_is_read_once(text: str) -> None:
    assert number_of(number_of(text)) == number_of(text)


async def test_it_leads_to_the_one_address(folder: Path) -> None:
    async with town(folder) as at, at.client() as http:
        code = str((await CaseRow.all().using_db(reads()).first()).code)  # type: ignore[union-attr]
        bare = code.replace("-", "")
        wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
        for typed in (
            bare,
            code.lower(),
            bare.lower(),
            code.replace("-", " "),
            bare.removeprefix("HY"),
            f" {code.lower()} ",
            wide,
            wide.lower(),
        ):
            answer = await http.get(f"/c/{quote(typed)}")
            assert (answer.status_code, answer.headers["Location"]) == (308, f"/c/{code}"), typed
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert (await http.get(f"/c/{bare}?from=qr")).headers["Location"] == f"/c/{code}?from=qr"
        printed = await http.get(f"/c/{code}")
        assert printed.status_code == 200 and "text/html" in printed.headers["Content-Type"]


async def test_what_is_no_code_and_what_nobody_has_are_answered_as_ever(folder: Path) -> None:
    async with town(folder) as at, at.client() as http:
        page = (await http.get("/c/HY-0000-0000")).content
        unknown = await http.get("/c/hy00000000")
        assert (unknown.status_code, unknown.headers["Location"]) == (308, "/c/HY-0000-0000"), "as one that there is"
        for typed in ("HY-0000-000", "HY-0000-00000", "x", "..", quote("张三")):
            answer = await http.get(f"/c/{typed}")
            assert answer.status_code == 200 and answer.content == page, typed
        assert (await http.get("/c/%2F%2Fevil.example")).status_code == 404
        assert [(await http.get(f"/c/{number:08}")).status_code for number in range(100)] == [308] * 100, "nothing is looked up"
        answers = [(await http.get(f"/api/codes/HY-0000-{number:04}")).status_code for number in range(70)]
        assert answers[0] == 404 and 429 in answers, "whoever tries codes is held up as ever"
        assert (await http.get("/api/codes/hy00000000")).status_code in {404, 429}
