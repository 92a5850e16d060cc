"""The page of what a resident takes away, to be read: the same as its JSON, in words of both languages and the county's time. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cases.clock import COUNTY_TIME

TITLES = {
    "account": "账号 Account",
    "sign_ins": "登录 Sign-ins",
    "log": "记录 Log",
    "id": "编号 Id",
    "phone": "电话 Telephone",
    "name": "姓名 Name",
    "consent": "同意的告知版本 Privacy notice agreed to",
    "consent_at": "同意时间 Agreed at",
    "registered_at": "注册时间 Registered at",
    "cases": "事项 Cases",
    "code": "编号 Code",
    "number": "案号 Case number",
    "stage": "进展 Stage",
    "title": "事由 Subject",
    "facts": "内容 What was reported",
    "spoken": "口述 Told by voice",
    "place": "地点 Place",
    "region": "乡镇 Township",
    "type": "类型 Type",
    "kind": "类别 Kind",
    "me": "我的信息 My particulars in the file",
    "history": "经过 Course",
    "performance": "履行 Performance",
    "rating": "评价 Rating",
    "photographs": "照片 Photographs",
    "statement": "先交的陈述 Statement from afar",
    "text": "内容 Words",
    "recording": "录像或录音 Recording",
    "sha256": "SHA-256",
    "given_at": "提交时间 Given at",
    "reported_at": "反映时间 Reported at",
    "mediator": "调解员 Mediator",
    "capacity": "身份 Capacity",
    "id_number": "证件号 Id number",
    "address": "住址 Address",
    "requests": "个人信息申请 Requests about my data",
    "wish": "申请什么 Wish",
    "words": "内容 Words",
    "due": "答复期限 To be answered by",
    "answer": "答复 Answer",
    "at": "时间 At",
    "act": "事情 Act",
    "detail": "说明 Detail",
    "browser": "浏览器 Browser",
    "made_at": "生成时间 Made at",
    "privacy_notice": "隐私告知 Privacy notice",
    "version": "版本 Version",
    "date": "日期 Date",
    "since": "登录时间 Signed in at",
    "seen": "最近使用 Last used",
    "here": "就是这一台 This device",
    "who": "经办 By",
    "note": "说明 Note",
    "unanswered": "期限内没人接单，退回中心 Nobody took it in time",
    "by": "经办 By",
    "declined": "没有受理 Not taken up",
    "outcome": "结果 Outcome",
    "why": "原因 Why",
    "granted": "同意 Granted",
    "reason": "理由 Reason",
    "appointment": "约好的时间 Appointment",
    "called_off": "取消的时间 Called off",
    "answer_by": "答复期限 Answer by",
    "start": "开始 Beginning",
    "end": "结束 End",
    "score": "分数 Score",
    "marks": "选的词 Marks",
    "names": "名称 Names",
    "agreed_at": "协议生效 Agreed at",
    "obligations": "要履行的 Obligations",
    "what": "什么 What",
    "clause": "条款 Clause",
    "debtor": "履行人 Who performs",
    "creditor": "权利人 To whom",
    "amount": "金额（元） Amount (yuan)",
    "rest": "还差（元） Left (yuan)",
    "manner": "方式 How",
    "state": "状态 State",
    "receipts": "凭证 Receipts",
    "open": "还在履行 Still open",
}
HEAD = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>和议：我的个人信息 My personal data</title><style>body{font:16px/1.6 sans-serif;max-width:46rem;margin:1rem auto;padding:0 1rem}"
    "dt{font-weight:600}dd{margin:0 0 .4rem;overflow-wrap:anywhere}dl dl,ul{margin-left:1rem}img{max-width:100%}</style>"
)
WITHIN = {
    ("sign_ins", "address"): "网络地址 Network address",
    ("sign_ins", "id"): "登录编号 Number of the sign-in",
    ("log", "address"): "网络地址 Network address",
    ("account", "region"): "行政区划代码 Code of the region",
}
"""Titles that depend on what they stand in."""
WORDS = {
    "stage": {
        "reported": "已收到 Received",
        "dispatched": "已分派 Dispatched",
        "accepted": "已接单 Accepted",
        "mediating": "调解中 In mediation",
        "agreed": "协议已生效 Agreement in effect",
        "failed": "没有谈成 No agreement",
        "closed": "已结案 Closed",
        "withdrawn": "已撤回 Withdrawn",
        "declined": "没有受理 Not taken up",
    },
    "kind": {"dispute": "矛盾纠纷 Dispute", "matter": "民生事项 Matter of livelihood"},
    "capacity": {"applicant": "申请人 Applicant", "respondent": "被申请人 Respondent"},
    "wish": {
        "access": "查阅、复制 Access",
        "correction": "更正、补充 Correction",
        "deletion": "删除 Deletion",
        "objection": "限制或拒绝处理 Objection",
    },
    "outcome": {
        "done": "已经办好 Done",
        "explained": "办不了，已经说明原因 Not possible, with the reason",
        "elsewhere": "要找别的部门 Another department has to do it",
    },
    "why": {
        "same": "同一件事已经反映过 The same was reported before",
        "elsewhere": "不归人民调解办理 Not a matter for mediation",
        "unclear": "看不明白，联系不上 Unclear, and nobody answered",
    },
    "act": {
        "registered": "注册 Registered",
        "consented": "同意新的告知 Agreed to a newer notice",
        "signed_in": "登录 Signed in",
        "attempt_failed": "验证码不对 A wrong code",
        "locked_out": "错得太多，暂停登录 Too many wrong codes",
        "signed_out": "退出 Signed out",
        "sign_ins_ended": "结束其他登录 Ended other sign-ins",
        "name_corrected": "改姓名 Corrected the name",
        "number_changed": "换电话 Changed the number",
        "matter_claimed": "认领反映的事 Claimed a report",
        "data_exported": "下载自己的信息 Took the own data away",
        "consent_withdrawn": "撤回同意 Withdrew consent",
        "account_deleted": "注销账号 Deleted the account",
    },
}
"""What is said instead of the codes of the JSON, by title. Any other stands as it is."""
LINKED = {"recording", "spoken"}
"""Titles of files that lie beside the page."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def page(data: dict[str, Any]) -> str:
    """The whole page."""
    told = "<p>时间都是北京时间。All times are those of Beijing.</p>"
    return HEAD + "<h1>我的个人信息 My personal data</h1>" + told + "".join(_told(data)) + "</html>"


def _told(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        yield "<dl>"
        for name, inner in value.items():
            if inner in (None, "", [], {}):
                continue
            title = WITHIN.get((key, name)) or TITLES.get(name) or name
            yield f"<dt>{html.escape(title)}</dt><dd>"
            yield from _told(inner, name)
            yield "</dd>"
        yield "</dl>"
    elif isinstance(value, list):
        yield "<ul>"
        for inner in value:
            yield "<li>"
            yield from _told(inner, key)
            yield "</li>"
        yield "</ul>"
    elif key in LINKED:
        yield f'<a href="{html.escape(str(value))}">{html.escape(str(value))}</a>'
    elif key == "photographs":
        yield f'<a href="{html.escape(str(value))}"><img src="{html.escape(str(value))}" alt="" width="240"></a>'
    else:
        yield html.escape(_said(value, key))


def _said(value: Any, key: str) -> str:
    if isinstance(value, bool):
        return "是 Yes" if value else "否 No"
    text = str(value)
    if _MOMENT.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M:%S")
    return WORDS.get(key, {}).get(text, text)
