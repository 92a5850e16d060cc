"""The page of what a resident takes away: no code of ours stands in it where there is a word."""

from __future__ import annotations

from cases.data_request import Wish
from cases.vocabulary import CaseStage, DeclineReason, DisputeKind
from web.export_page import WORDS, page

DATA = {
    "made_at": "2026-11-29T18:59:42.999300Z",
    "account": {"phone": "13812345678", "region": "139901"},
    "sign_ins": [{"id": "ad9a", "address": "127.0.0.*", "since": "2026-11-29T16:00:00Z", "here": True}],
    "log": [{"at": "2026-11-29T18:59:06Z", "act": "signed_in", "address": "127.0.0.*", "detail": "Chrome, Linux"}],
    "cases": [
        {
            "stage": "declined",
            "kind": "matter",
            "title": "<b>井盖</b>",
            "spoken": "spoken/HY-1.webm",
            "me": {"capacity": "applicant", "address": "东街"},
        }
    ],
}


def test_it_is_read_in_words_and_in_the_countys_time() -> None:
    shown = page(DATA)
    for words in (
        "2026-11-30 02:59:42",
        "行政区划代码 Code of the region</dt><dd>139901",
        "网络地址 Network address</dt><dd>127.0.0.*",
        "住址 Address</dt><dd>东街",
        "是 Yes",
        "登录 Signed in",
        "没有受理 Not taken up",
        "民生事项 Matter of livelihood",
        "申请人 Applicant",
        "&lt;b&gt;井盖&lt;/b&gt;",
        '<a href="spoken/HY-1.webm">',
    ):
        assert words in shown, words
    for code in ("signed_in", "2026-11-29T", "True", ">declined<", "<b>井"):
        assert code not in shown, code


def test_every_code_that_a_resident_may_meet_has_a_word() -> None:
    assert set(WORDS["stage"]) == {*CaseStage}
    assert set(WORDS["kind"]) == {*DisputeKind}
    assert set(WORDS["wish"]) == {*Wish}
    assert set(WORDS["why"]) == {*DeclineReason}
