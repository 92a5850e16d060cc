"""Every form of the paper file: the fields of the statutory form, what the case knows in them, room where it knows nothing, and any length."""

from __future__ import annotations

import io
import re
from datetime import date

import msgspec
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.file_forms import FORMS, print_form
from agreements.fonts import FontDirs
from agreements.rights_text import DUTIES, EFFECTS, RIGHTS
from tests.agreements.conftest import fonts_or_skip
from tests.agreements.filed import filed, said

FIELDS = {
    "cover": "卷名 卷号 人民调解员 调解日期 至 立卷人 立卷日期 保管期限 备注",
    "application": "申请人 被申请人 姓名 性别 民族 年龄 职业或职务 联系方式 单位或住址 纠纷简要情况 申请事项 自愿申请 签名、盖章或者按指印",
    "identity": "证件号码 核验方式 核验时间",
    "authority": "委托人 受托人 代理权限 权限内容",
    "investigation": "时间 地点 参加人 被调查人 记录 调查人 记录人",
    "receipts": "日期 履行事项 履行人 受领人 金额",
    "visits": "当事人 调解协议编号 回访事由 回访人 是否满意 诉讼与判决 有无激化隐患 采取的措施",
    "statement": "结案报告表 卷号 填表时间 承办单位 承办人 受案时间 结案时间 案件来源 简要事实",
    "back": "卷号 本卷页数 立卷人 归档日期",
}


@pytest.mark.parametrize("name", FIELDS)
def test_it_has_the_fields_of_the_statutory_form(name: str, fonts: FontDirs) -> None:
    text = re.sub(r"\s", "", said(print_form(name, filed(), fonts)))
    assert [field for field in FIELDS[name].split() if field not in text] == []


def test_registered_by_the_office(fonts: FontDirs) -> None:
    text = said(print_form("application", filed(applied=False, source="网格员排查"), fonts))
    assert all(field in text for field in ("人民调解受理登记表", "纠纷类型", "登记人签名", "调委会印章", "备注"))
    assert "（√） ② 人民调解委员会主动调解（网格员排查）" in text and "（　） ① 当事人申请" in text


def test_what_the_case_knows_is_in_it_and_the_rest_is_open(fonts: FontDirs) -> None:
    facts = filed(filled={"application": {"requests": "一、修好屋檐"}, "cover": {"filed_on": "2026-12-02", "kept": "长期"}})
    application = said(print_form("application", facts, fonts))
    assert all(word in application for word in ("李某", "汉族", "农民", "13800001234", "𠮷某", "受潮剥落", "一、修好屋檐"))
    cover = said(print_form("cover", facts, fonts))
    assert "2026年11月3日 至 2026年11月20日" in cover and "2026年12月2日" in cover and "长期" in cover
    open_ended = said(print_form("cover", filed(mediated_to=None), fonts))
    assert "至 ＿＿＿＿年" in open_ended


def test_the_back_cover_says_when_it_was_archived_and_who_checked(fonts: FontDirs) -> None:
    known = filed(archived_on=date(2026, 12, 9), archived_by="周主任", pages=37)
    back = said(print_form("back", known, fonts)).replace(" ", "")
    assert "归档日期2026年12月9日" in back and "检查人周主任" in back and "共37页" in back
    own = said(print_form("back", filed(archived_on=date(2026, 12, 9), archived_by="王调解员"), fonts)).replace(" ", "")
    assert "检查人王调解员" not in own and "归档日期2026年12月9日" in own, "nobody checks the own file"


def test_the_notice_says_all_of_it_and_who_confirmed(fonts: FontDirs) -> None:
    text = said(print_form("rights", filed(), fonts))
    assert all(line in text for line in (*RIGHTS, *DUTIES, *EFFECTS))
    assert "李某：2026年11月3日 10:05在线阅读并确认知晓以上权利义务" in text
    assert "当事人 委托代理人孙某（签名" in text


def test_who_was_verified_how_and_who_was_not(fonts: FontDirs) -> None:
    text = said(print_form("identity", filed(), fonts)).replace(" ", "")
    assert "110105********002X" in text and "2026年11月3日10:02" in text and "未在线核验" in text


def test_a_sheet_for_each_follow_up_and_an_empty_one(fonts: FontDirs) -> None:
    facts = filed(filled={"visits": {"danger": "无"}})
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(print_form("visits", facts, fonts))).pages]
    assert len(pages) == 2 and "款已付清" in pages[0] and "墙已修好" in pages[1] and "不满意" in pages[1]
    assert len(pypdf.PdfReader(io.BytesIO(print_form("visits", filed(visits=[]), fonts))).pages) == 1


def test_the_statement_names_what_is_missing(fonts: FontDirs) -> None:
    facts = filed(
        closed_reason="赵某拒绝回访",
        filled={"confirmation": {"outcome": "（2026）冀1102民特1号裁定有效"}, "statement": {"words": "无其他"}},
    )
    text = said(print_form("statement", facts, fonts))
    assert "第7项《人民调解记录》（必须）：原因7" in text and "第10项《人民调解回访记录》：原因10" in text and "第1项" not in text
    assert all(word in text for word in ("赵某拒绝回访", "民特1号", "无其他", "ab" * 32))


def test_only_what_was_signed_electronically_is_called_so(fonts: FontDirs) -> None:
    assert "电子签名的文件" in said(print_form("statement", filed(), fonts))
    assert "电子签名的文件" not in said(print_form("statement", filed(signed=False), fonts))


@pytest.mark.parametrize("name", FORMS)
def test_the_same_is_printed_of_the_same_and_any_length_flows(name: str, fonts: FontDirs) -> None:
    facts = filed(
        filled={
            "application": {"requests": "一" * 1000},
            "investigation": {"notes": "问：看见了吗？\n答：看见了。" * 300},
            "statement": {"words": "说" * 2000},
        }
    )
    assert print_form(name, facts, fonts) == print_form(name, facts, fonts)
    flowing = msgspec.structs.replace(facts, facts="案" * 5000)
    text = said(print_form(name, flowing, fonts))
    if name in {"application", "statement"}:
        assert text.count("案") >= 5000
    if name == "investigation":
        assert text.count("答：看见了。") == 300


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60), st.text(max_size=400))
def test_no_character_keeps_a_form_from_being_printed(name: str, notes: str) -> None:
    fonts = fonts_or_skip()
    facts = filed(title=name, facts=notes, filled={"investigation": {"notes": notes}, "cover": {"title": name}})
    for form in ("cover", "application", "investigation", "statement"):
        assert print_form(form, facts, fonts).startswith(b"%PDF-")


def test_what_no_font_draws_is_told_by_its_number(fonts: FontDirs) -> None:
    assert "〔U+10FFFF〕" in said(print_form("cover", filed(filled={"cover": {"title": "某\U0010ffff某"}}), fonts))
