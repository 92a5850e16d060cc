"""What in an agreement's terms a court may find it cannot confirm or enforce, while it is being written. Pure; advice, never a bar.

A court does not confirm an agreement whose content is unclear or unlawful (民诉法解释 358), nor one on personal status or title (355), and a bailiff can
only enforce who pays whom how much by when. Each finding quotes the words, names the article, and where one tap can mend it says how: put
other parts in the quote's place, or set a field. What the statute demands to be there at all is `completeness`.

Places are those of the plain form (`schema`): paragraph of the clause in reading order, part of the paragraph, and UTF-16 units within the part,
as browsers count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any, Literal

import msgspec

from agreements.amounts import AmountError, parse_capitals, read_figure, read_numerals
from agreements.facts import CaseFacts
from agreements.schema import fields_of, paragraphs_of

UNCLEAR = "民诉法解释358(5)"
UNLAWFUL = "民诉法解释358(1)"
STATUS_OR_TITLE = "民诉法解释355"
REMEDIES = "人民调解法3(3)"
TERMS = "人民调解法29(3)"

LINTED = frozenset({"terms", "performance"})
"""Kinds of clauses that say what is to be done."""
MAX_FINDINGS = 40


class Piece(msgspec.Struct, frozen=True, omit_defaults=True):
    """Text, or where `type` is given a field of this type with a value, which may still be empty."""

    text: str = ""
    type: str = ""
    value: str = ""


class Mend(msgspec.Struct, frozen=True, omit_defaults=True):
    """`replace`: put `pieces` in the quote's place. `set`: give the clause's field `key` this `value`."""

    how: Literal["replace", "set"]
    pieces: tuple[Piece, ...] = ()
    key: str = ""
    value: str = ""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """`code` is stable; `quote` are the words at `start` up to `end` of part `part` of paragraph `paragraph`."""

    code: str
    clause: str
    article: str
    paragraph: int
    part: int
    start: int
    end: int
    quote: str
    mend: Mend | None = None
    data: dict[str, str] = {}


class _Found(msgspec.Struct):
    """A finding before its place is known: characters of one text part."""

    code: str
    article: str
    start: int
    end: int
    mend: Mend | None = None
    data: dict[str, str] = {}


def findings(content: dict[str, Any], facts: CaseFacts, today: date) -> list[Finding]:
    """In reading order, at most `MAX_FINDINGS`. `content` is the plain form, `today` the county's day."""
    found: list[Finding] = []
    for clause in content["clauses"]:
        if clause["kind"] in LINTED:
            found += clause_findings(clause, facts, today)
    return found[:MAX_FINDINGS]


def clause_findings(clause: dict[str, Any], facts: CaseFacts, today: date) -> list[Finding]:
    """Those of one clause, which depend on nothing else of the agreement; at most `MAX_FINDINGS`."""
    found: list[Finding] = []
    who, named = _subjects(facts), False
    for number, paragraph in enumerate(paragraphs_of(clause)):
        sentences = list(_sentences(paragraph, who, named))
        named = any(sentence.named or sentence.named_before for sentence in sentences)
        for index, part in enumerate(paragraph["content"]):
            if part["type"] != "text":
                continue
            candidates = [one for rule in RULES for one in islice(rule(part["text"], today), MAX_FINDINGS)]
            candidates += islice((one for sentence in sentences for one in _promises(sentence, index)), MAX_FINDINGS)
            taken: list[tuple[int, int]] = []
            for one in candidates:
                if len(found) < MAX_FINDINGS and all(one.end <= start or one.start >= end for start, end in taken):
                    taken.append((one.start, one.end))
                    found.append(_placed(one, clause["id"], number, index, part["text"]))
        if len(found) >= MAX_FINDINGS:
            break
    found += _instalments(clause)
    return sorted(found, key=lambda finding: (finding.paragraph, finding.part, finding.start))


def _placed(one: _Found, clause: str, paragraph: int, part: int, text: str) -> Finding:
    start, end = _units(text[: one.start]), _units(text[: one.end])
    return Finding(one.code, clause, one.article, paragraph, part, start, end, text[one.start : one.end], one.mend, one.data)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# --- rules on one run of text: earlier ones win where two speak of the same words

_NUMERALS = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
# Repetitions are bounded, and nothing begins inside a run of its own kind: a clause of a hundred thousand digits must not cost more than one of words.
_FIGURE = r"(?<![0-9A-Za-z,，.])[0-9][0-9,，]{0,20}(?:\.[0-9]{1,2})?(?:\s{0,3}万)?"
_NUMBER = rf"(?<![{_NUMERALS}])[{_NUMERALS}]{{1,20}}"
_SUM = rf"(?:(?:人民币|[￥¥])\s{{0,3}})?(?P<figure>{_FIGURE}|{_NUMBER})元(?:整)?"
_TWICE = re.compile(
    rf"(?P<figure>{_FIGURE})元\s{{0,3}}[（(](?:大写)?[:：]?(?:人民币)?(?P<capitals>[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]{{1,40}})[)）]"
)
_ABOUT = re.compile(
    rf"(?:大约|大概|约|将近|近|不超过|至少|最多)\s{{0,3}}{_SUM}|{_SUM.replace('figure', 'figure2')}\s{{0,3}}(?:左右|上下|以内|以上)|(?:几|数|若干)[十百千万]{{0,4}}元"
)
_MONEY = r"(?:数额|金额|费用|补偿金?|赔偿金?|款项?|经济补偿|经济赔偿|补助|经济损失|损失|利息|租金)"
_SOME = re.compile(rf"(?:适当|一定|相应|合理|若干|部分|酌情)(?:数额|金额)?的?(?P<what>{_MONEY})")
_PLAIN_SUM = re.compile(_SUM)
_DAY = re.compile(r"(?P<y>[12][0-9]{3})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日")
_SOON = re.compile(
    r"尽快|尽早|早日|近期|近日|日后|适时|不久(?:后|的将来)?|过几天|过一段时间|一段时间[以之]?内|短期内|条件允许(?:时|后|的时候)?|有钱(?:时|后|了|的时候)"
    r"|手头宽裕(?:时|后)?|方便(?:时|的时候)|(?P<year>年底(?:[之以]?前)?|(?:今年|本年)[以之]?内)|(?P<month>(?:本月|这个月)?月底(?:[之以]?前)?|(?:本月|这个月)[以之]?内)|春节前|秋收后|农闲时"
)
_WITHIN = re.compile(rf"(?:[0-9]{{1,3}}|[{_NUMERALS[:12]}]{{1,4}})(?:个工作|个)?(?:日|天|周|月|年)[以之]?内")
_COUNTED_FROM = re.compile(r"(?:之日起|之日|起算|签订|签署|签字|生效|确认|收到|交付|完工|验收|裁定|届满|到期|后)[^，。；]{0,4}$")
_LATER = re.compile(
    r"另行(?:协商|约定|商定|确定|处理)|再行(?:协商|商定)|届时(?:再)?(?:协商|商定|确定)|以后再(?:说|议|定|商量|谈)|(?:由)?双方协商(?:解决|确定|决定|处理)|看情况(?:再定|处理)?"
)
_TITLE = re.compile(
    r"(?:准予|同意|自愿|办理)?离婚|解除(?:婚姻|收养|父子|父女|母子|母女|亲子)关系|断绝(?:父子|父女|母子|母女|亲子)?关系|(?:确认|否认)[^，。；]{0,8}(?:亲子|收养|婚姻)关系"
    r"|(?:所有权|产权|宅基地使用权|使用权|商标权|专利权|著作权|版权)[^，。；]{0,4}归[^，。；]{1,16}(?:所有|享有)?|(?:房屋|宅基地|土地|商标|专利)[^，。；]{0,8}归[^，。；]{1,16}所有"
    r"|确认[^，。；]{0,12}(?:所有权|使用权|产权|物权|专利权|商标权|著作权)"
)
_SILENCE = re.compile(r"(?:不得|不许|不准|不再|不能|放弃)[^，。；]{0,10}(?:起诉|诉讼|上诉|仲裁|信访|上访|举报|控告|报案|报警)(?:的?权利)?")
_FORCE = re.compile(
    r"断水|断电|停水|停电|锁门|换锁|(?:扣押|扣留|没收)[^，。；]{0,6}(?:身份证|证件|户口本|驾驶证|护照|车辆|财物)|限制[^，。；]{0,6}(?:人身)?自由|拘禁|(?P<fine>罚款)"
)


def _differing(text: str, today: date) -> Iterator[_Found]:
    """A sum in figures beside one in capitals: where they differ nobody knows which counts, else one field says both."""
    for match in _TWICE.finditer(text):
        figure = read_figure(match["figure"])
        try:
            capital = parse_capitals(match["capitals"])
        except AmountError:
            capital = ""
        if figure != capital:
            yield _Found("amounts_differ", UNCLEAR, *match.span(), data={"figure": match["figure"], "capitals": match["capitals"]})
        elif figure:
            yield _Found("amount_plain", UNCLEAR, *match.span(), _field("amount", figure))


def _about(text: str, today: date) -> Iterator[_Found]:
    for match in _ABOUT.finditer(text):
        written = match["figure"] or match["figure2"] or ""
        yield _Found("amount_about", UNCLEAR, *match.span(), _field("amount", _amount(written)))
    for match in _SOME.finditer(text):
        yield _Found("amount_vague", UNCLEAR, *match.span(), _with_field(match["what"], "amount"))


def _plain_sums(text: str, today: date) -> Iterator[_Found]:
    for match in _PLAIN_SUM.finditer(text):
        if amount := _amount(match["figure"]):
            yield _Found("amount_plain", UNCLEAR, *match.span(), _field("amount", amount))


def _days(text: str, today: date) -> Iterator[_Found]:
    for match in _DAY.finditer(text):
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            yield _Found("date_impossible", UNCLEAR, *match.span(), _field("date", ""))
            continue
        code = "date_past" if day < today else "date_plain"
        yield _Found(code, UNCLEAR, *match.span(), _field("date", "" if day < today else day.isoformat()))


def _vague_days(text: str, today: date) -> Iterator[_Found]:
    for match in _SOON.finditer(text):
        day = date(today.year, 12, 31) if match["year"] else _end_of_month(today) if match["month"] else None
        field = (Piece(type="date", value=day.isoformat() if day else ""), Piece("前"))
        pieces = field if text[: match.start()].endswith("于") else (Piece("于"), *field)
        yield _Found("date_vague", UNCLEAR, *match.span(), Mend("replace", pieces))
    for match in _WITHIN.finditer(text):
        if not _COUNTED_FROM.search(text[: match.start()]):
            yield _Found("date_from_when", UNCLEAR, *match.span(), Mend("replace", (Piece(f"自本协议生效之日起{match[0]}"),)))


def _left_open(text: str, today: date) -> Iterator[_Found]:
    for match in _LATER.finditer(text):
        yield _Found("left_open", UNCLEAR, *match.span())


def _not_for_courts(text: str, today: date) -> Iterator[_Found]:
    for match in _SILENCE.finditer(text):
        yield _Found("remedy_waived", REMEDIES, *match.span())
    for match in _FORCE.finditer(text):
        yield _Found("unlawful_means", UNLAWFUL, *match.span(), Mend("replace", (Piece("违约金"),)) if match["fine"] else None)
    for match in _TITLE.finditer(text):
        yield _Found("not_confirmable", STATUS_OR_TITLE, *match.span())


RULES: tuple[Callable[[str, date], Iterator[_Found]], ...] = (
    _not_for_courts,
    _differing,
    _about,
    _plain_sums,
    _days,
    _vague_days,
    _left_open,
)


def _field(kind: str, value: str) -> Mend:
    return Mend("replace", (Piece(type=kind, value=value),))


def _with_field(text: str, kind: str) -> Mend:
    return Mend("replace", (Piece(text), Piece(type=kind)))


def _amount(written: str) -> str:
    return read_figure(written) or read_numerals(written)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


# --- rules on a sentence, which may hold fields

_PROMISE = re.compile(
    r"(?:支付|赔偿|补偿|返还|偿还|退还|给付|付给|归还)[^，。；,;]{0,10}?(?:损失|费用?|款|金|租金|工资|报酬|本金|利息|欠款|押金|定金)"
)
_BARE_PROMISE = re.compile(r"(?:支付|赔偿|补偿|返还|偿还|退还|给付|付给|归还)")
_ROLES = ("申请人", "被申请人", "第三人", "当事人", "甲方", "乙方", "丙方", "双方", "各方", "对方")


class _Sentence(msgspec.Struct):
    """`pieces`: (part, offset in it, text) of its runs of text; `whole`: with fields written out, amounts as a mark. `named`: whether it says who;
    `named_before`: whether the clause did before it."""

    pieces: list[tuple[int, int, str]]
    whole: str
    named_before: bool
    named: bool = False


_AMOUNT_MARK = "\ufffc"


def _subjects(facts: CaseFacts) -> tuple[str, ...]:
    return (*_ROLES, *(party.name for party in facts.parties))


def _sentences(paragraph: dict[str, Any], subjects: tuple[str, ...], named: bool) -> Iterator[_Sentence]:
    now = _Sentence([], "", named)

    def done() -> _Sentence:
        now.named = any(name in now.whole for name in subjects)
        return now

    for index, part in enumerate(paragraph["content"]):
        if part["type"] != "text":
            now.whole += _AMOUNT_MARK if part["field"] == "amount" else part["value"]
            continue
        at = 0
        for piece in re.split(r"(?<=[。；;])", part["text"]):
            if piece:
                now.pieces.append((index, at, piece))
                now.whole += piece
            at += len(piece)
            if piece.endswith(("。", "；", ";")):
                yield done()
                now = _Sentence([], "", now.named or now.named_before)
    yield done()


def _promises(sentence: _Sentence, part: int) -> Iterator[_Found]:
    """Money that is promised: how much, and by whom."""
    for index, offset, text in sentence.pieces:
        if index != part:
            continue
        sum_told = _AMOUNT_MARK in sentence.whole or re.search(r"[0-9]|元|%|[百千万]", sentence.whole)
        promise = _PROMISE.search(text)
        if promise and not sum_told:
            yield _Found("amount_missing", UNCLEAR, offset + promise.start(), offset + promise.end(), _with_field(promise[0], "amount"))
        bare = _BARE_PROMISE.search(text)
        if bare and not (sentence.named or sentence.named_before):
            yield _Found("payer_missing", UNCLEAR, offset + bare.start(), offset + bare.end())
            return


# --- instalments: fields KEY.total, KEY.1.amount, KEY.1.date, KEY.2.amount, …

_INSTALMENT = re.compile(r"(?P<plan>[a-z][a-z0-9_-]*)\.(?P<number>[1-9][0-9]{0,2})\.(?P<what>amount|date)")


def _instalments(clause: dict[str, Any]) -> Iterator[Finding]:
    plans: dict[str, dict[int, dict[str, str]]] = {}
    values: dict[str, str] = {}
    for field in fields_of(clause):
        # Keys are anybody's to write: a field that is of another type than its key says is none of a plan.
        if (match := _INSTALMENT.fullmatch(field["key"])) and match["what"] == field["field"]:
            plans.setdefault(match["plan"], {}).setdefault(int(match["number"]), {})[match["what"]] = field["value"]
        elif field["key"].endswith(".total") and field["field"] == "amount":
            values[field["key"]] = field["value"]
    for plan, numbered in plans.items():
        ordered = [numbered[number] for number in sorted(numbered)]
        amounts, total = [one.get("amount", "") for one in ordered], values.get(f"{plan}.total", "")
        if total and all(amounts):
            fen = sum(_fen(amount) for amount in amounts)
            if fen != _fen(total):
                summed = f"{fen // 100}.{fen % 100:02d}"
                yield _at_field(
                    "instalments_differ",
                    clause,
                    f"{plan}.total",
                    Mend("set", key=f"{plan}.total", value=summed),
                    {"sum": summed, "total": total},
                )
        dates = [one.get("date", "") for one in ordered]
        if all(dates) and dates != sorted(set(dates)):
            first = next(n for n in range(1, len(dates)) if dates[n] <= dates[n - 1])
            number = sorted(numbered)[first]
            yield _at_field("instalments_order", clause, f"{plan}.{number}.date", None, {"number": str(number)})


def _fen(amount: str) -> int:
    yuan, _, cents = amount.partition(".")
    return int(yuan) * 100 + int(cents)


def _at_field(code: str, clause: dict[str, Any], key: str, mend: Mend | None, data: dict[str, str]) -> Finding:
    for number, paragraph in enumerate(paragraphs_of(clause)):
        for index, part in enumerate(paragraph["content"]):
            if part["type"] == "field" and part["key"] == key:
                return Finding(code, clause["id"], UNCLEAR, number, index, 0, 1, part["value"], mend, data)
    raise KeyError(key)
