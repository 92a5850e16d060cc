"""Where the fonts are missing: said when the server starts, and to whoever asks for a form, in both languages; nobody is told of an accident."""

from __future__ import annotations

from pathlib import Path

import pytest

import web.composition
from tests.web.live_session import Session, signed_in
from web.commands import _tell_of_fonts
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def without_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(web.composition, "CLIENT_FONTS", tmp_path / "none")
    monkeypatch.setattr(web.composition, "SYSTEM_FONTS", ())


def test_nothing_is_said_where_they_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    _tell_of_fonts()
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("without_fonts")
def test_it_is_said_at_the_start_what_is_missing_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    _tell_of_fonts()
    out, err = capsys.readouterr()
    assert out == "", "links that are printed as JSON stand alone"
    for said in ("NotoSerifSC_400Regular.ttf", "都印不出来", "can be printed", "web/static/.built"):
        assert said in err


@pytest.mark.usefixtures("without_fonts")
async def test_whoever_asks_for_a_form_is_told(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        async with signed_in(config.app, session, "wang") as http:
            for path in ("file/0.pdf", "file.pdf"):
                answer = await http.get(f"/api/cases/{session.case}/{path}")
                told = answer.json()
                assert (answer.status_code, told["code"], told["retry"]) == (503, "fonts_missing", False)
                assert "字体" in told["message"] and "fonts" in told["message"]
                assert told["detail"]["file"].endswith(".ttf")
