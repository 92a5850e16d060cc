"""Who acts for a party: every combination of capacity and power, and what it binds."""

from __future__ import annotations

import itertools

import pytest

from cases.acting import acting, demand_binding
from cases.errors import Invalid, NotAllowed


@pytest.mark.parametrize(("capacity", "authority"), [*itertools.product(["guardian", "agent"], ["", "general", "special"])])
def test_an_agent_has_a_power_and_a_guardian_needs_none(capacity: str, authority: str) -> None:
    if (capacity == "agent") != bool(authority):
        with pytest.raises(Invalid, match="power of attorney"):
            acting("孙某", "赵某", capacity, authority, "")
        return
    acts = acting("孙某", "赵某", capacity, authority, "")
    assert acts.binds == (authority != "general")
    if acts.binds:
        demand_binding(acts)
    else:
        with pytest.raises(NotAllowed) as refused:
            demand_binding(acts)
        assert refused.value.detail["name"] == "赵某"


def test_who_acts_and_for_whom_is_one_title() -> None:
    guardian, agent = acting("孙某", "赵某", "guardian", "", ""), acting("孙某", "赵某", "agent", "special", "")
    assert (guardian.title, guardian.represented_by) == ("孙某（赵某的法定代理人）", "法定代理人孙某")
    assert agent.title == "孙某（赵某的委托代理人）"
    demand_binding(None)


def test_nobody_acts_for_oneself() -> None:
    with pytest.raises(Invalid) as refused:
        acting("赵某", "赵某", "guardian", "", "")
    assert refused.value.code == "acts_for_oneself"
