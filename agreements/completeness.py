"""What an agreement still lacks before it may be frozen, and whether it may be signed electronically at all.

Statutory items (人民调解法 29): the parties' details; the main facts, the matters in dispute and each party's responsibility; the terms,
the manner and the time of performance; and a copy for every party and the committee. Documents on personal status (marriage, adoption,
succession) are outside electronic signature (电子签名法 3): they go to paper and fingerprint.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from agreements.facts import CaseFacts
from agreements.schema import fields_of, paragraphs_of, text_of
from cases.identity import is_wrong_id

PARTIES = "人民调解法29(1)"
FACTS = "人民调解法29(2)"
TERMS = "人民调解法29(3)"
COPIES = "人民调解法29"
PERSONAL_STATUS = "电子签名法3(1)"

PERSONAL_TYPES = frozenset({"婚姻家庭", "养老赡养/继承"})
PERSONAL_MATTERS = frozenset({"婚姻", "结婚", "离婚", "收养", "继承", "遗嘱", "遗赠", "监护"})

MISSING_BY_KIND = {
    "parties": ("parties_missing", PARTIES),
    "facts": ("facts_missing", FACTS),
    "disputes": ("matters_missing", FACTS),
    "terms": ("terms_missing", TERMS),
    "performance": ("performance_missing", TERMS),
    "copies": ("copies_missing", COPIES),
}
REQUIRED_FIELDS = (
    ("disputes", "disputes.matters", "matters_missing", FACTS),
    ("disputes", "disputes.responsibility", "responsibility_missing", FACTS),
    ("performance", "performance.manner", "manner_missing", TERMS),
    ("performance", "performance.deadline", "deadline_missing", TERMS),
)


class Missing(msgspec.Struct, frozen=True):
    """One gap: a stable code, the clause it belongs to (None where the whole clause is absent), the article, the field's key if any."""

    code: str
    clause: str | None
    article: str
    field: str = ""
    party: str = ""
    """The name of the party that it is about, where it is about one."""

    @property
    def label(self) -> str:
        """How the room's document spells it: the code, and after a slash the party's name."""
        return f"{self.code}/{self.party}" if self.party else self.code


class PaperOnly(msgspec.Struct, frozen=True):
    """Why this agreement is signed on paper. `code`: `personal_status`, or `personal_status_undetermined` where no matter was stated."""

    code: str
    matters: tuple[str, ...]
    article: str = PERSONAL_STATUS


def missing_items(content: dict[str, Any], facts: CaseFacts, today: date) -> list[Missing]:
    """Every gap in reading order of the statute; empty when the agreement may be frozen. `content` is the plain form of `schema`, `today` the
    county's day: nobody can be bound to have done something before it."""
    clauses = content["clauses"]
    by_kind = {clause["kind"]: clause for clause in clauses}
    found = [Missing(code, None, article) for kind, (code, article) in MISSING_BY_KIND.items() if kind not in by_kind]
    if "parties" in by_kind:
        found += _party_gaps(by_kind["parties"], facts, today)
    for kind, key, code, article in REQUIRED_FIELDS:
        clause = by_kind.get(kind)
        if clause and not _values(clause).get(key, "").strip():
            found.append(Missing(code, clause["id"], article, key))
    if "performance" in by_kind and _past(_values(by_kind["performance"]).get("performance.deadline", ""), today):
        found.append(Missing("deadline_past", by_kind["performance"]["id"], TERMS, "performance.deadline"))
    known = {missing.field for missing in found}
    for clause in clauses:
        code, article = MISSING_BY_KIND[clause["kind"]]
        if not _says_anything(clause):
            found.append(Missing(code, clause["id"], article))
        for field in fields_of(clause):
            if not field["value"].strip() and field["key"] not in known:
                found.append(Missing("empty_field", clause["id"], article, field["key"]))
                known.add(field["key"])
    return found


def _party_gaps(clause: dict[str, Any], facts: CaseFacts, today: date) -> list[Missing]:
    values = _values(clause)
    gaps = []
    for number, party in enumerate(facts.parties, 1):
        for part in ("name", "id", "address"):
            key = f"party.{number}.{part}"
            value = values.get(key, "").strip()
            if not value:
                gaps.append(Missing(f"party_{part}_missing", clause["id"], PARTIES, key, party.name))
            elif part == "name" and value != party.name:
                gaps.append(Missing("party_name_differs", clause["id"], PARTIES, key, party.name))
            elif part == "id" and is_wrong_id(value, today):
                gaps.append(Missing("party_id_wrong", clause["id"], PARTIES, key, party.name))
        if party.signs_as and party.represented_by not in text_of(clause):
            # Somebody came to act for this party after the draft was begun.
            gaps.append(
                Missing("party_representative_missing", clause["id"], PARTIES, f"party.{number}.represented_by", party.represented_by)
            )
    return gaps


def _past(deadline: str, today: date) -> bool:
    try:
        return date.fromisoformat(deadline.strip()) < today
    except ValueError:
        return False  # words such as 每月月底前; an empty one is missed elsewhere


def _says_anything(clause: dict[str, Any]) -> bool:
    parts = (part for paragraph in paragraphs_of(clause) for part in paragraph["content"])
    return any(part["text" if part["type"] == "text" else "value"].strip() for part in parts)


def _values(clause: dict[str, Any]) -> dict[str, str]:
    return {field["key"]: field["value"] for field in fields_of(clause)}


def paper_only(facts: CaseFacts) -> PaperOnly | None:
    """The reason why the agreement must be signed on paper, or None."""
    personal = tuple(matter for matter in facts.matters if matter in PERSONAL_MATTERS)
    if personal:
        return PaperOnly("personal_status", personal)
    if facts.dispute_type in PERSONAL_TYPES and not facts.matters:
        return PaperOnly("personal_status_undetermined", ())
    return None
