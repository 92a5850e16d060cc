"""Ratings at the server: a party's token from its page and its paper, once, for its days and at its rate; who reads it; and no bundle has it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pypdf
import pytest

from cases.actor import Actor
from cases.commands import rating as c
from cases.errors import NotAllowed, Refusal
from cases.performance import APART
from cases.satisfaction import OPEN_FOR
from cases.vocabulary import Role
from evidence.verifier import verify_file
from storage.database import reads
from storage.models.cases import CaseRow
from tests.agreements.conftest import fonts_or_skip
from tests.web.live_session import OWN, WANG
from web.composition import open_house
from web.demonstration import plant
from web.demonstration_followed import TITLE
from web.house import House
from web.rates import LIMITS
from web.ratings import RatingTokens
from web.settings import Settings

pytestmark = pytest.mark.anyio
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")


class Rated:
    """A house with a case whose session has ended with an agreement."""

    def __init__(self, house: House, app: Any, case: str, session: str) -> None:
        self.house, self.app, self.case, self.session = house, app, case, session

    @asynccontextmanager
    async def client(self, **whose: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody with a seat or an account; without either, a stranger."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=OWN, headers={"Origin": OWN}) as http:
            if whose:
                where = {"case_id": self.case, "session_id": self.session} if "seat" in whose else {}
                token = await self.house.doors.links.issue(next(iter(whose)), timedelta(hours=1), **whose, **where)
                http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token, "take_over": True})).json()["as"]
            yield http

    async def token(self, seat: str) -> str:
        async with self.client(seat=seat) as http:
            return urlsplit((await http.get(f"/api/cases/{self.case}/rating")).json()["url"]).fragment


@asynccontextmanager
async def rated(folder: Path) -> AsyncIterator[Rated]:
    async with open_house(Settings(data=str(folder), media=False, log_level="error"), synthetic=True) as (house, config):
        await plant(house)
        for row in await CaseRow.filter(stage="agreed").using_db(reads()):
            dossier = await house.reader.dossier(row.id)
            if dossier.case.title == TITLE:
                yield Rated(house, config.app, row.id, dossier.case.session_id)


async def test_from_the_link_to_the_call(tmp_path: Path) -> None:
    async with rated(tmp_path / "data") as at, at.client() as stranger, at.client(account="wang") as mediator:
        token = await at.token("s2")
        assert token == await at.token("s2"), "page, link and paper carry the same"
        shown = (await stranger.post("/api/ratings/read", json={"token": token})).json()
        assert shown["mediator"] == "王调解员" and "卫某" not in str(shown)
        assert (await mediator.get(f"/api/cases/{at.case}/rating")).json()["code"] == "no_rating", "the mediator has no token"

        good = {"token": token, "score": 2, "marks": ["clear"], "words": "拖得太久了"}
        key = {"Idempotency-Key": "rating-key-1"}
        for bad, code in (
            ({**good, "score": 6}, "score"),
            ({**good, "score": 2.5}, "malformed"),
            ({**good, "marks": ["nice"]}, "malformed"),
            ({**good, "words": "字" * 201}, "too_long"),
            ({**good, "token": token[:-2]}, "link_forged"),
            ({**good, "token": "x" * 500}, "link_forged"),
        ):
            assert (await stranger.post("/api/ratings", json=bad, headers=key)).json()["code"] == code
        assert (await stranger.post("/api/ratings", json=good)).json()["code"] == "bad_key"
        before = (await at.house.reader.dossier(at.case)).case
        for _ in range(2):
            assert (await stranger.post("/api/ratings", json=good, headers=key)).status_code == 200, "sent again after a cut"
        again = await stranger.post("/api/ratings", json={**good, "score": 5}, headers={"Idempotency-Key": "rating-key-2"})
        assert (again.status_code, again.json()["code"]) == (409, "rated_already")
        assert (await stranger.post("/api/ratings/read", json={"token": token})).json()["code"] == "rated_already"
        after = (await at.house.reader.dossier(at.case)).case
        assert not before.ratings and [rating.score for rating in after.ratings] == [2]

        with pytest.raises(NotAllowed):
            await at.house.desk.do(c.AnswerRating(at.case, "p2", "2026-01-01", "问了", True), WANG, "")
        await at.house.desk.do(c.AnswerRating(at.case, "p2", "2026-01-01", "解释了为什么慢", True), CENTRE, "")
        await at.house.desk.do(c.ReleaseWords(at.case, "p2"), CENTRE, "")
        ledger = await at.house.reader.ledger(at.case)
        apart = [entry.kind for entry, _, _ in ledger if entry.chain == f"{at.case}/{APART}"]
        assert apart == ["rating.given", "visit.planned", "visit.noted", "rating.released"]
        bundle = tmp_path / "bundle.zip"
        bundle.write_bytes((await mediator.get(f"/api/cases/{at.case}/bundle")).content)
        assert verify_file(bundle).ok
        with zipfile.ZipFile(bundle) as packed:
            assert not any(told in packed.read(name) for name in packed.namelist() for told in (b"rating.given", "拖得太久了".encode()))


async def test_on_paper_for_a_party_alone(tmp_path: Path) -> None:
    fonts_or_skip()
    async with rated(tmp_path / "data") as at:
        dossier, ratings = await at.house.reader.dossier(at.case), at.house.desk.ratings
        assert ratings is not None
        seat = Actor("seat", "s1", case_id=at.case, session_id=at.session)
        own, *others = [ratings.link_for_paper(dossier, actor) for actor in (seat, WANG, CENTRE)]
        assert urlsplit(own).fragment == await at.token("s1") and others == ["", ""], "whoever prints it for somebody must not rate"
        async with at.client(seat="s1") as party, at.client(account="wang") as office:
            papers = [await http.get(f"/api/cases/{at.case}/certificate.pdf") for http in (party, office)]
        assert [paper.status_code for paper in papers] == [200, 200], papers[0].text
        texts = [pypdf.PdfReader(io.BytesIO(paper.content)).pages[0].extract_text() for paper in papers]
        assert ["请您评价这次调解" in text for text in texts] == [True, False]


async def test_for_its_days_and_at_its_rate(tmp_path: Path) -> None:
    async with rated(tmp_path / "data") as at, at.client() as stranger:
        token = await at.token("s1")
        desk = at.house.desk.ratings
        assert desk is not None

        class Later:
            def now(self) -> Any:
                return at.house.clock.now() + OPEN_FOR

        desk._clock = Later()
        assert (await stranger.post("/api/ratings/read", json={"token": token})).json()["code"] == "rating_over"
        answers = [await stranger.post("/api/ratings/read", json={"token": "x"}) for _ in range(LIMITS["rating"][1])]
        assert {answer.json()["code"] for answer in answers} == {"link_forged", "too_fast"}
        assert answers[-1].headers["Retry-After"] and "noindex" in answers[-1].headers["X-Robots-Tag"]
        assert "noindex" in (await stranger.get("/rate")).headers["X-Robots-Tag"]


def test_a_token_of_another_installation_is_none() -> None:
    token = urlsplit(RatingTokens(b"one key", "http://x").url("k", "p1")).fragment
    assert RatingTokens(b"one key", "http://y").read(token) == ("k", "p1")
    with pytest.raises(Refusal):
        RatingTokens(b"another", "http://x").read(token)
