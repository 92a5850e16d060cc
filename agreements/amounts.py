"""Amounts of money: 1800.00 as 壹仟捌佰元整 (大写), and back.

The rules are those for bills and settlement vouchers (支付结算办法, 附一 正确填写票据和结算凭证的基本规定):

- 元 without 角 and 分 ends in 整; so does 角 without 分 (optional there, always written here);
- one 零 stands for any run of zeros between digits, none before 万, 亿 or 元 at the end of a group;
- 零 stands between 元 and 角 where the yuan end in 0, and between 元 and 分 where there is no 角.

Amounts are strings in yuan with exactly two decimals ("1800.00"), never floats; the greatest is 999999999999.99.
"""

from __future__ import annotations

import re

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
MAX_YUAN = 999_999_999_999

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})\.([0-9]{2})")


class AmountError(ValueError):
    """`code` is `bad_amount` or `bad_capitals`; `text` is what was given."""

    def __init__(self, code: str, text: str, message: str) -> None:
        super().__init__(f"{text[:40]!r}: {message}")
        self.code = code
        self.text = text


def capitals(amount: str) -> str:
    """Write an amount in capitals: "16409.02" → 壹万陆仟肆佰零玖元零贰分. Raises `AmountError`."""
    match = _AMOUNT.fullmatch(amount)
    if not match:
        raise AmountError("bad_amount", amount, "write yuan with two decimals, such as 1800.00, below one trillion")
    yuan, jiao, fen = int(match[1]), int(match[2][0]), int(match[2][1])
    whole = _integer(yuan) + "元" if yuan else ""
    if not jiao and not fen:
        return (whole or "零元") + "整"
    zero = "零" if whole and (not jiao or yuan % 10 == 0) else ""
    cents = (DIGITS[jiao] + "角" if jiao else "") + (DIGITS[fen] + "分" if fen else "整")
    return whole + zero + cents


def _integer(number: int) -> str:
    out = ""
    for index in range(len(GROUPS) - 1, -1, -1):
        group = number // 10_000**index % 10_000
        if not group:
            continue
        if out and (group < 1000 or number // 10_000 ** (index + 1) % 10_000 == 0):
            out += "零"
        out += _group(group) + GROUPS[index]
    return out


def _group(number: int) -> str:
    """One group of four digits, 1 to 9999, without a leading 零."""
    out, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(out)
            continue
        out += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return out


def parse_capitals(text: str) -> str:
    """Read capitals back into digits: 壹仟捌佰元整 → "1800.00".

    Only the spelling that `capitals` writes is accepted, so that figure and capitals of one sum can be compared. Raises `AmountError`.
    """
    yuan_text, yuan_mark, rest = text.rpartition("元")
    yuan = _read_integer(yuan_text) if yuan_mark else 0
    jiao = _read_place(rest, "角")
    fen = _read_place(rest, "分")
    amount = f"{yuan}.{jiao}{fen}"
    if yuan > MAX_YUAN or capitals(amount) != text:
        raise AmountError("bad_capitals", text, "not an amount in capitals, such as 壹仟捌佰元整")
    return amount


def _read_place(text: str, mark: str) -> int:
    at = text.find(mark)
    return max(DIGITS.find(text[at - 1]), 0) if at > 0 else 0


def _read_integer(text: str) -> int:
    total = group = digit = 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS.index(character)
        elif character in PLACES[1:]:
            group += digit * 10 ** PLACES.index(character)
            digit = 0
        elif character in GROUPS[1:]:
            total += (group + digit) * 10_000 ** GROUPS.index(character)
            group = digit = 0
        else:
            raise AmountError("bad_capitals", text, f"{character!r} is no numeral")
    return total + group + digit


_SMALL = str.maketrans("〇一二两三四五六七八九十百千", "零壹贰贰叁肆伍陆柒捌玖拾佰仟")


def read_figure(text: str) -> str:
    """Figures as people write them, without 元: "1,800" → "1800.00", "2.5万" → "25000.00". Empty where it is no amount below one trillion."""
    match = re.fullmatch(r"([0-9][0-9,，]*)(?:\.([0-9]{1,2}))?(\s*万)?", text.strip())
    if not match:
        return ""
    fen = int(re.sub("[,，]", "", match[1])) * 100 + int((match[2] or "").ljust(2, "0"))
    fen *= 10_000 if match[3] else 1
    return f"{fen // 100}.{fen % 100:02d}" if fen // 100 <= MAX_YUAN else ""


def read_numerals(text: str) -> str:
    """Yuan in Chinese numerals, small or capital, without 元: 一千八百 → "1800.00". Empty where it is no number."""
    written = text.strip().translate(_SMALL)
    if written.startswith("拾"):
        written = "壹" + written
    try:
        yuan = _read_integer(written)
    except AmountError:
        return ""
    return f"{yuan}.00" if written and 0 < yuan <= MAX_YUAN else ""


def grouped(amount: str) -> str:
    """ "1234567.80" → "1,234,567.80"."""
    whole, _, cents = amount.partition(".")
    return f"{int(whole):,}.{cents}"
