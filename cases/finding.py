"""Finding cases by words: what a case can be found by, and what a line of words asks for. Pure.

Chinese is written without spaces, so words are cut into overlapping pairs of characters: 屋檐雨水 has 屋檐, 檐雨, 雨水, and whoever seeks 雨水 seeks that pair. A run of pairs that
follow each other is the same text. Letters and digits are whole words, in small letters; the last one of a line may be unfinished. The order of fields does not matter, a
pair never reaches from one field into the next.

Who may find a case, and its stage, are words as well (`scope_of`). They begin with an underscore, which no word of a text or a query has: so one index answers all of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from cases.case import Case
from cases.vocabulary import CaseStage

QUERY_LIMIT = 100
"""Characters of a line of words."""
PHRASE_LIMIT = 8
"""Of a line; further ones ask for nothing."""
TERM_LIMIT = 40
"""Characters of a word of letters or digits."""
BREAK = "_"
"""Stands between two fields."""

_ZEROS = re.compile(r"(第)0+(?=[1-9])")
_LONG = re.compile(r"\d{11,}[xX]?")
"""A telephone, an identity number or an account's, that somebody has written in a text: no index has them."""
_RUN = re.compile(r"[^\W_]+")
_HAN = re.compile(r"([\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")


class Phrase(msgspec.Struct, frozen=True):
    """Words that follow each other. `unfinished`: the last one may go on."""

    words: tuple[str, ...]
    unfinished: bool = False


def words_of(case: Case) -> list[str]:
    """What a case is found by, in order; with duplicates, since phrases are found by what follows what."""
    fields = [
        _LONG.sub(" ", case.title),
        *(form for number in (case.number, *case.numbers) for form in _forms(number)),
        case.code,
        *case.revoked_codes,
        case.referred.reference if case.referred else "",
        case.dispute_type,
        case.region_name,
        _LONG.sub(" ", case.place),
        *(party.name for party in case.parties),
        case.mediator.name if case.mediator else "",
        _LONG.sub(" ", case.facts),
    ]
    found: list[str] = []
    for field in fields:
        found += [*_cut(field), BREAK]
    return found


def _forms(number: str) -> list[str]:
    """The number of a case as it is written, and as it is said: 第276号 of 第00276号."""
    said = _ZEROS.sub(r"\1", number)
    return [number] if said == number else [number, said]


def scope_of(case: Case) -> list[str]:
    """The words of who may find it, and of its stage."""
    regions = [region_word(case.region[:digits]) for digits in (6, 9, 12) if len(case.region) >= digits]
    mediators = [*([case.mediator.account] if case.mediator else []), *(share.account for share in case.joint if share.assists)]
    entered = [entered_word(case.entered_by)] if case.entered_by else []
    referred = [referred_word(case.entered_by, case.referred.reference)] if case.referred else []
    return [*regions, *map(account_word, mediators), *entered, *referred, stage_word(case.stage)]


def region_word(region: str) -> str:
    return f"_r{region}"


def account_word(account: str) -> str:
    """Hexadecimal, so that it is one word whatever an account is called."""
    return f"_a{account.encode().hex()}"


def entered_word(account: str) -> str:
    """Of whoever entered it, who need not have it."""
    return f"_e{account.encode().hex()}"


def referred_word(referrer: str, reference: str) -> str:
    """Of a system that refers cases and its own number of one: only that system names it so."""
    return f"_f{hashlib.sha256(f'{referrer}/{reference}'.encode()).hexdigest()[:32]}"


def stage_word(stage: CaseStage) -> str:
    return f"_s{stage}"


def phrases_of(line: str) -> list[Phrase]:
    """What a line of words asks for: all of these. Empty where it names nothing that could be found."""
    found: list[Phrase] = []
    for run in _RUN.findall(line[:QUERY_LIMIT]):
        for part in filter(None, _HAN.split(run)):
            if _HAN.fullmatch(part):
                # One character alone is the beginning of some pair, or the last of a run, which is kept by itself.
                found.append(Phrase((part,), unfinished=True) if len(part) == 1 else Phrase(tuple(a + b for a, b in pairwise(part))))
            else:
                found.append(Phrase((part.lower()[:TERM_LIMIT],), unfinished=True))
    return found[:PHRASE_LIMIT]


def _cut(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        for part in filter(None, _HAN.split(run)):
            if _HAN.fullmatch(part):
                yield from (a + b for a, b in pairwise(part))
                yield part[-1]
            else:
                yield part.lower()[:TERM_LIMIT]
