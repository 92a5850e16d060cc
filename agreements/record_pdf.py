"""The written record (笔录) → an A4 file in the order of the statutory form (人民调解记录): time, place, parties, others present, that the rules were
told, what happened and was said, the result, who confirmed what, room to sign by hand. The same record gives the same bytes.

A character that no font draws is printed by its code point: what was said in the session must not keep its record from being printed.
Top-level `print_record` takes and returns plain data: a process pool can run it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from agreements.fonts import FontDirs, MissingGlyph, font_for
from agreements.layout import Block, chinese_date
from agreements.printing import Foot, Prose, Style, build
from cases.clock import COUNTY_TIME

TITLE = "人民调解笔录"
STYLES = {
    "title": Style("serif-bold", 22, 34, align="centre", after=6),
    "number": Style("serif", 11, 18, align="right", after=8),
    "heading": Style("serif-bold", 13, 25, before=8, after=1),
    "fact": Style("serif", 12, 22),
    "line": Style("serif", 12, 22),
    "note": Style("serif", 10.5, 19),
    "sign": Style("serif", 12, 34),
}
ROLES = {
    "mediator": "人民调解员",
    "co_mediator": "协办调解员",
    "party": "当事人",
    "expert": "专家",
    "observer": "旁听人员",
    "recorder": "记录员",
    "device": "设备",
}


class RecordFacts(msgspec.Struct, frozen=True):
    """What is printed of the case beside the record. `result` is what came of the session, in words; `absent` are parties who were never in the room, `former` the
    committees of who led before, by seat."""

    number: str
    committee: str
    title: str
    result: str
    link: str = ""
    absent: tuple[str, ...] = ()
    former: dict[str, str] = {}


def print_record(canonical: bytes, facts: RecordFacts, font_dirs: FontDirs) -> bytes:
    """The PDF of a record's canonical bytes. Raises `FontsMissing`."""
    record = json.loads(canonical)
    digest = hashlib.sha256(canonical).hexdigest()
    story: list[Flowable] = []
    for block in _outline(record, facts):
        style = STYLES[block.style]
        clean = Block(block.style, printable(block.text, font_dirs), printable(block.lead, font_dirs))
        if block.style == "heading":
            story.append(CondPageBreak(style.before + style.leading + 2 * STYLES["line"].leading))
        story += [Spacer(0, style.before), Prose(clean, style, font_dirs), Spacer(0, style.after)]
    signing = [Prose(Block("sign", line), STYLES["sign"], font_dirs) for line in _signing(record)]
    story.append(KeepTogether([Spacer(0, 10), *signing]))
    state = "" if record["closed_at"] else "　（尚未定稿）"
    foot = Foot([f"笔录摘要 SHA-256  {digest}{state}"], facts.link or f"SHA-256:{digest}")
    pdf, _ = build(story, foot, font_dirs, f"{TITLE} {facts.number}", facts.committee, f"SHA-256 {digest}")
    return pdf


def printable(text: str, font_dirs: FontDirs) -> str:
    """Line breaks become blanks; what no font draws becomes 〔U+1FAA2〕."""
    out = []
    for character in text.replace("\n", "　"):
        try:
            font_for(character, "serif", font_dirs)
            out.append(character)
        except MissingGlyph:
            out.append(f"〔U+{ord(character):04X}〕")
    return "".join(out)


def _outline(record: dict[str, Any], facts: RecordFacts) -> list[Block]:
    people = {person["seat"]: person for person in record["people"]}
    began, ended = _moment(record["opened_at"]), _moment(record["closed_at"]) if record["closed_at"] else None
    others = [f"{person['name']}（{ROLES[person['role']]}）" for person in people.values() if person["role"] in {"expert", "observer"}]
    recorders = _names(people, "recorder")
    assisting = "".join(f"、{name}（协办）" for name in _names(people, "co_mediator"))
    absent = f"{'、'.join(facts.absent)}（未到场）" if facts.absent else ""
    blocks = [
        Block("title", TITLE),
        Block("number", facts.number),
        Block("fact", f"{_clock(began, day=True)} 至 {_clock(ended, day=True) if ended else '（进行中）'}", "时　　间　"),
        Block("fact", "线上调解室（音视频连线）", "地　　点　"),
        Block("fact", facts.title, "事　　由　"),
        Block("fact", "；".join(filter(None, ["、".join(_names(people, "party")), absent])), "当事人　　"),
        Block("fact", f"{_leading(people, facts)}{assisting}{_led(people, facts)}", "调解员　　"),
        Block(
            "fact",
            f"{'、'.join(recorders)}（记录员），与系统随进程所记、调解员所补合并"
            if recorders
            else "由系统随调解进程记录，调解员补充并核对",
            "记　　录　",
        ),
    ]
    if others:
        blocks.append(Block("fact", "、".join(others), "参加人　　"))
    blocks.append(Block("heading", "调解记录"))
    blocks += [_line(line, people, began) for line in record["lines"]]
    if record["omitted"]:
        blocks.append(Block("note", f"另有 {record['omitted']} 项自动记录因篇幅未列入，见流程记录链。"))
    agreed = [line for line in record["lines"] if line["kind"] == "agreed"]
    if agreed:
        blocks.append(Block("heading", "各方无争议的事实"))
        blocks += [Block("line", line["text"], f"{number}.　") for number, line in enumerate(agreed, 1)]
    blocks += [Block("heading", "调解结果"), Block("line", facts.result), Block("heading", "当事人核对情况")]
    blocks += [Block("line", _answers(record, seat), f"{people[seat]['name']}　") for seat in record["confirmed"] if seat in people]
    if record["close_reason"]:
        blocks.append(Block("line", record["close_reason"], "未经全部确认即定稿的原因　"))
    blocks.append(Block("note", "以上由当事人在调解中在线逐条核对；核对的时间和文字见流程记录链，其散列与页脚所印摘要一致。"))
    return blocks


def _line(line: dict[str, Any], people: dict[str, Any], began: datetime) -> Block:
    at = _moment(line["at"])
    lead = f"{line['n']}　{_clock(at, day=at.date() != began.date())}　"
    speaker = people.get(line["seat"], {}).get("name", "") if line["seat"] else ""
    if speaker:
        return Block("line", f"{line['text']}{'（文字）' if line['kind'] == 'said' else ''}", f"{lead}{speaker}：")
    return Block("line", line["text"], lead)


def _answers(record: dict[str, Any], seat: str) -> str:
    confirmed, objections = record["confirmed"][seat], record["objections"].get(seat, {})
    left = len(record["lines"]) - len(confirmed) - len(objections)
    if not objections and not left:
        return f"逐条核对并确认全部 {len(confirmed)} 条。"
    words = f"确认 {len(confirmed)} 条"
    words += "".join(f"；对第 {number} 条提出：“{text}”" for number, text in sorted(objections.items(), key=lambda item: int(item[0])))
    return words + (f"；其余 {left} 条未核对。" if left else "。")


def _signing(record: dict[str, Any]) -> list[str]:
    parties = [person["name"] for person in record["people"] if person["role"] == "party"]
    return [f"当事人（签名或捺印）　{name}　＿＿＿＿＿＿＿＿＿＿" for name in parties] + [
        "人民调解员（签名）　＿＿＿＿＿＿＿＿＿＿",
        "记录人（签名）　＿＿＿＿＿＿＿＿＿＿",
    ]


def _leading(people: dict[str, Any], facts: RecordFacts) -> str:
    return "、".join(_of(people[seat]["name"], facts.committee or facts.former.get(seat, "")) for seat in _seats(people, "mediator")[:1])


def _led(people: dict[str, Any], facts: RecordFacts) -> str:
    """Who led before a case was taken over."""
    led = [_of(people[seat]["name"], facts.former.get(seat, "")) for seat in _seats(people, "mediator")[1:]]
    return f"；此前主持：{'、'.join(led)}" if led else ""


def _of(name: str, committee: str) -> str:
    return f"{name}（{committee}）" if committee else name


def _seats(people: dict[str, Any], role: str) -> list[str]:
    """In their order; the chair of a session, whose seat is `m`, before who had it earlier."""
    return sorted((seat for seat, person in people.items() if person["role"] == role), key=lambda seat: seat != "m")


def _names(people: dict[str, Any], role: str) -> list[str]:
    return [person["name"] for person in people.values() if person["role"] == role]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(COUNTY_TIME)


def _clock(moment: datetime, *, day: bool = False) -> str:
    clock = moment.strftime("%H:%M")
    return f"{chinese_date(moment.date())} {clock}" if day else clock
