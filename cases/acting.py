"""Who acts for a party (法定代理人, 委托代理人): by law for who cannot act alone, or by a power of attorney.

A guardian (监护人) is the ward's agent by law (民法典 23) and does what the ward would do. An agent by power of attorney (授权委托书) has what it grants: with a general one
(一般授权) speaking and listening, with a special one (特别授权) also conceding, settling and signing (民事诉讼法 62 asks the same before a court). The party is who is bound
(民法典 162). Pure.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cases.errors import Invalid, NotAllowed


class Capacity(StrEnum):
    GUARDIAN = "guardian"
    AGENT = "agent"


class Authority(StrEnum):
    GENERAL = "general"
    SPECIAL = "special"


TITLES = {Capacity.GUARDIAN: "法定代理人", Capacity.AGENT: "委托代理人"}
SHOWN = {Capacity.GUARDIAN: "proof of guardianship", Capacity.AGENT: "power of attorney"}
"""What the mediator compares beside the card."""


class Acting(msgspec.Struct, frozen=True, omit_defaults=True):
    """`name`: who acts, `principal`: for whom, by name; `authority` of an agent; `phone`: of who acts, may be empty."""

    name: str
    principal: str
    capacity: Capacity
    authority: Authority | None = None
    phone: str = ""

    @property
    def title(self) -> str:
        """赵某（李某的法定代理人）: as it is printed, signed and shown."""
        return f"{self.name}（{self.principal}的{TITLES[self.capacity]}）"

    @property
    def represented_by(self) -> str:
        """法定代理人赵某: behind the party's name."""
        return f"{TITLES[self.capacity]}{self.name}"

    @property
    def binds(self) -> bool:
        """Whether what this person confirms and signs binds the principal."""
        return self.capacity is Capacity.GUARDIAN or self.authority is Authority.SPECIAL


def acting(name: str, principal: str, capacity: str, authority: str, phone: str) -> Acting:
    """Raises `Invalid`."""
    of = Capacity(capacity)
    if (of is Capacity.AGENT) != bool(authority):
        raise Invalid("authority_needed", "An agent has a general or a special power of attorney; a guardian needs none", field="authority")
    if name == principal:
        raise Invalid("acts_for_oneself", "Nobody acts for oneself: say who acts for this party", field="name")
    return Acting(name, principal, of, Authority(authority) if authority else None, phone)


def demand_binding(acts: Acting | None) -> None:
    """Before a clause is confirmed, an oral agreement, or a signature. Raises `NotAllowed`."""
    if acts is not None and not acts.binds:
        raise NotAllowed(
            "general_authority",
            "A general power of attorney does not include agreeing and signing: that takes a special one",
            name=acts.principal,
        )
