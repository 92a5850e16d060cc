"""Cases are found by their words, on both databases alike: the newest first, only those of the scope, as they are now."""

from __future__ import annotations

from typing import Any

import pytest

from cases.actor import Actor
from cases.case import open_case
from cases.casework import handle
from cases.commands.casework import Accept, Dispatch, Report
from cases.finding import account_word, phrases_of, region_word, stage_word
from cases.vocabulary import CaseStage, DispatchMode, Role
from storage import search
from storage.database import reads
from storage.dossier import Dossier
from storage.work import Outcome
from tests.storage.test_work import WANG, Bench, bench

__all__ = ["bench"]
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")


def report(bench: Bench, title: str, facts: str = "协商未果。", region: str = "139901001", name: str = "郑某") -> str:
    asked = Report(title=title, facts=facts, region=region, name=name, phone="13800005555")

    def make(numbering: Any, now: Any) -> Any:
        case, happened = open_case(asked, numbering, now, [], "城关镇", True)
        return Dossier(case), Outcome(happened, {"case": case.id})

    return str(bench.run(bench.store.create(make))["case"])


def do(bench: Bench, case: str, command: Any, actor: Actor, number: str = "") -> None:
    def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
        numbering.number = number
        return Outcome(handle(dossier.case, command, actor, now, numbering))

    bench.run(bench.store.execute(case, decide))


def find(bench: Bench, line: str, *scope: str, skip: int = 0, limit: int = 10) -> tuple[list[str], int]:
    return bench.run(search.find(reads(), scope or [region_word("139901")], phrases_of(line), skip, limit))


def test_the_newest_of_those_that_have_all_words(bench: Bench) -> None:
    first = report(bench, "屋檐雨水流向邻家", "墙面受潮剥落")
    second = report(bench, "屋檐瓦片掉落", "雨水打湿院墙", name="𠮷某")
    assert find(bench, "屋檐 雨水") == ([second, first], 2)
    assert find(bench, "屋檐雨水") == ([first], 1)
    assert find(bench, "𠮷某") == ([second], 1)
    assert find(bench, "檐") == ([second, first], 2)
    assert find(bench, "墙面受潮剥落") == ([first], 1)
    assert find(bench, "受剥") == ([], 0)
    assert find(bench, "屋檐", skip=1, limit=1) == ([first], 2)


def test_only_those_of_the_scope_and_as_they_are_now(bench: Bench) -> None:
    case = report(bench, "果树遮光")
    assert find(bench, "果树", region_word("130000")) == ([], 0)
    assert find(bench, "果树", region_word("139901001")) == ([case], 1)
    do(bench, case, Dispatch(case, ["wang"], DispatchMode.ASSIGN, "", ["县调委会"]), CENTRE)
    assert find(bench, "果树", account_word("wang")) == ([], 0), "an order that is only offered is no case of the desk"
    do(bench, case, Accept(case), WANG, "安和人调字〔2026〕第00077号")
    assert find(bench, "果树", account_word("wang")) == ([case], 1)
    assert find(bench, "果树", account_word("chen")) == ([], 0)
    assert find(bench, "人调字 00077") == ([case], 1)
    assert find(bench, "0007") == ([case], 1)
    assert find(bench, "果树", region_word("139901"), stage_word(CaseStage.ACCEPTED)) == ([case], 1)
    assert find(bench, "果树", region_word("139901"), stage_word(CaseStage.REPORTED)) == ([], 0)
    assert find(bench, "王调解员", account_word(WANG.id))[0][0] == case


def test_a_long_text_is_found_to_its_end_and_counts_are_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    case = report(bench, "欠款", "还" * 4990 + "到此为止")
    assert find(bench, "到此为止") == ([case], 1)
    monkeypatch.setattr(search, "COUNT_LIMIT", 1)
    report(bench, "欠款又一件")
    assert find(bench, "欠款")[1] == 1


def test_the_newest_come_first_however_many_are_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [report(bench, f"占道停车第{n}次") for n in range(5)]
    for most in (5, 6):  # as many as are counted, and fewer
        monkeypatch.setattr(search, "COUNT_LIMIT", most)
        pages = [find(bench, "占道停车", skip=skip, limit=2) for skip in (0, 2, 4, 6)]
        assert [found for found, _ in pages] == [cases[:2:-1], cases[2:0:-1], cases[:1], []]
        assert {total for _, total in pages} == {5}


@pytest.mark.parametrize(
    "line", ['" OR ""', "a* NEAR(b)", "'); DROP TABLE case_file; --", "zebra AND NOT zebra", "zebra:* | zebra", "\\' zzzz"]
)
def test_nothing_that_is_typed_is_a_command(bench: Bench, line: str) -> None:
    assert find(bench, line) == ([], 0)
