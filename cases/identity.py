"""Numbers that identify people and organisations, and how they are masked for the eyes of others. Pure.

Resident id: GB 11643, 17 digits and a check character, ISO 7064 MOD 11-2. Mobile numbers: mainland China, 11 digits.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from cases.errors import Invalid

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_MOBILE = re.compile(r"1[3-9]\d{9}")
_DIGITS = re.compile(r"[0-9]+X?")
_GROUPS = re.compile(r"[0-9](?:[ .\-\u00b7\u2010-\u2015_()]{0,2}[0-9X])*")
LONGEST_NUMBER = 18
"""Characters of a number that identifies somebody."""
_ID_LIKE = re.compile(r"\d{17}[\dX]")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}")
_OFFICE_PHONE = re.compile(r"(?=(?:[^\d转]*\d){3})\+?[0-9() -]+(?:转\s?[0-9]+)?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}")
NAME_LIMIT = 40
EMAIL_LIMIT = 200


def check_character(first17: str) -> str:
    """The eighteenth character of a resident id, of its first seventeen digits."""
    return _ID_CHECK[sum(int(d) * w for d, w in zip(first17, _ID_WEIGHTS, strict=True)) % 11]


def parse_resident_id(text: str, on: date, field: str = "id_number") -> str:
    """The id in capitals; raises `Invalid` that says which part is wrong. `on`: the day when it is looked at; nobody is born after it."""
    number = unicodedata.normalize("NFKC", text).strip().upper()
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise Invalid("id_shape", "A resident id has 17 digits and a check character", field=field, length=len(number))
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Invalid("id_birthday", "Digits 7 to 14 of the resident id are not a date", field=field) from None
    if born > on:
        raise Invalid("id_birthday", "Digits 7 to 14 of the resident id are a day that is still to come", field=field)
    if check_character(number[:17]) != number[17]:
        raise Invalid("id_check_digit", "The last character of the resident id does not match the others", field=field)
    return number


_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PROVINCES = {str(n) for n in (*range(10, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 67), 71, 81, 82)}
"""Of the authority that registers (GB/T 2260), and 10 for the whole country."""


def sex_and_age(number: str, on: date) -> tuple[str, str]:
    """男 or 女, and the years completed on a day, as a resident id tells them (GB 11643); empty of anything else."""
    try:
        whole = parse_resident_id(number, on)
    except Invalid:
        return "", ""
    born = date(int(whole[6:10]), int(whole[10:12]), int(whole[12:14]))
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return ("男" if int(whole[16]) % 2 else "女"), str(years)


def is_credit_code(text: str) -> bool:
    """Whether this is a unified social credit code (统一社会信用代码) of a province that there is, with its check character right (GB 32100, 31 − Σ cᵢ·3ⁱ mod 31).
    One resident id in thirty that is mistyped has that character right."""
    code = text.strip().upper()
    if len(code) != 18 or any(c not in _CREDIT_ALPHABET for c in code) or code[2:4] not in _PROVINCES:
        return False
    total = sum(_CREDIT_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(code[:17]))
    return _CREDIT_ALPHABET[-total % 31] == code[17]


def is_wrong_id(text: str, on: date) -> bool:
    """Whether this looks like a resident id, or like a credit code, and is not one on that day. A passport's number is neither, and not judged. Digits with a year of
    birth where a resident id has it are meant as one, whatever the check character of a credit code says of them."""
    number = text.strip().upper()
    if len(number) != 18 or not number[:8].isdigit():
        return number.isdigit() and len(number) > 15
    try:
        parse_resident_id(number, on)
    except Invalid:
        return bool(_ID_LIKE.fullmatch(number) and number[6:8] in {"19", "20"}) or not is_credit_code(number)
    return False


def number_in(text: str) -> str:
    """`id` or `phone`: the first kind of number in a text that identifies a person; empty where there is none. Digits may be in full width, and in groups with
    spaces, points or hyphens between, as people write them to be read: any groups that follow each other are looked at together. An account of a bank is neither."""
    plain = unicodedata.normalize("NFKC", text).upper()
    for run in _GROUPS.findall(plain):
        groups = _DIGITS.findall(run)
        for first in range(len(groups)):
            number = ""
            for count, group in enumerate(groups[first:], 1):
                number += group
                if len(number) > LONGEST_NUMBER:
                    break
                if _ID_LIKE.fullmatch(number) and check_character(number[:17]) == number[17]:
                    return "id"
                if _MOBILE.fullmatch(re.sub("^(00)?86", "", number)) or (count <= 2 and _LANDLINE.fullmatch(number)):
                    return "phone"
    return ""


def parse_phone(text: str, field: str = "phone") -> str:
    """Mobile as 11 digits, land line as area-number. Raises `Invalid` with how many digits are missing or too many."""
    digits = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    mobile = digits.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return mobile
    if _LANDLINE.fullmatch(digits):
        return digits
    if mobile.isdigit() and mobile.startswith("1"):
        raise Invalid("phone_length", "A mobile number has 11 digits", field=field, off=len(mobile) - 11)
    raise Invalid("phone_shape", "This is not a telephone number of mainland China", field=field)


def parse_office_phone(text: str, field: str = "phone") -> str:
    """A number to be called, with or without an extension, a short one such as 12345 too, or nothing: NFKC, at most 20 characters. Raises `Invalid`."""
    plain = parse_text(unicodedata.normalize("NFKC", text), field, 20, required=False)
    if plain and not _OFFICE_PHONE.fullmatch(plain):
        raise Invalid("phone_shape", "This is not a telephone number of mainland China", field=field)
    return plain


def parse_mobile(text: str, field: str = "phone") -> str:
    """A number that can be sent an SMS. Raises `Invalid`."""
    phone = parse_phone(text, field)
    if not _MOBILE.fullmatch(phone):
        raise Invalid("phone_mobile", "A code can be sent to a mobile number only", field=field)
    return phone


def parse_email(text: str, field: str = "email") -> str:
    """An address as mail servers of every kind take it: ASCII, one @, a domain with a dot (RFC 5321, 4.5.3.1, has the lengths). Raises `Invalid`."""
    address = text.strip()
    if len(address) > EMAIL_LIMIT or not _EMAIL.fullmatch(address):
        raise Invalid("email_shape", "This is not a mail address such as name@example.cn", field=field)
    return address


UNSEEN = frozenset("\u061c\u200b\u200e\u200f\ufeff") | {
    chr(code) for first, last in ((0x202A, 0x202E), (0x2066, 0x2069), (0xE0000, 0xE007F)) for code in range(first, last + 1)
}
"""What turns the direction of a line (Unicode's Bidi_Control) or is not seen at all: blanks of no width, and tags, in which a text can be hidden. The joiners U+200C
and U+200D stay: scripts and emoji are written with them."""


def parse_name(text: str, field: str = "name") -> str:
    """A person's name in normal form C without control or direction-changing characters."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise Invalid("name_missing", "A name is needed", field=field)
    if len(name) > NAME_LIMIT:
        raise Invalid("too_long", f"A name has at most {NAME_LIMIT} characters", field=field, limit=NAME_LIMIT)
    for char in name:
        # Emoji and other symbols have no place in a statutory document; Cf holds the direction marks that can reverse a line.
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "So"} or char in UNSEEN:
            raise Invalid("name_character", "A name has a character that cannot be printed", field=field, character=f"U+{ord(char):04X}")
    return name


def parse_text(text: str, field: str, limit: int, *, required: bool = True) -> str:
    """Free text without control, direction-changing and unseen characters, at most `limit` characters."""
    shown = "".join(
        c for c in text.replace("\r\n", "\n") if c == "\n" or (unicodedata.category(c) not in {"Cc", "Cs", "Co"} and c not in UNSEEN)
    )
    # Only now: without what stood between them, two characters may be one.
    clean = unicodedata.normalize("NFC", shown).strip()
    if not any(unicodedata.category(c)[0] not in "ZC" for c in clean):  # what nobody can see is nothing
        if required:
            raise Invalid("missing", f"{field} is needed", field=field)
        return ""
    if len(clean) > limit:
        raise Invalid("too_long", f"{field} has more than {limit} characters", field=field, limit=limit)
    return clean


def mask_name(name: str) -> str:
    """李某 → 李*, 李小明 → 李*明."""
    if len(name) <= 1:
        return "*"
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 8 else "****"


def mask_email(address: str) -> str:
    return address[:1] + "***@" + address.rpartition("@")[2]


def mask_id(number: str) -> str:
    return number[:6] + "********" + number[-4:] if len(number) == 18 else "****"
