"""Writes `docs/permissions.md` from the one table of `cases.permissions`: python -m cases.permissions_page"""

from __future__ import annotations

from pathlib import Path

from cases.permissions import DUTIES, POOL, WALLS, table_rows
from cases.vocabulary import CaseStage, SessionStage, Standing

TARGET = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
HEAD = """# Who may do what

Generated from `cases/permissions.py` by `python -m cases.permissions_page`; do not edit. What is not in the table is forbidden.

A standing is what somebody is to one particular case or session: {standings}.
Stages of a case: {case}. Stages of a session: {session}.

| action | standing | stages |
|---|---|---|
"""

ADMINISTRATORS = """
## Administrators

An account has one role. Nobody administers the own account; accounts of administrators are made, altered and reset at the server's command line.
None of these has any standing to any case.

| duty | roles |
|---|---|
"""

EXPERTS = """
## The pool of experts

Each for the pool of the own county. Who chooses an expert for a case needs the standing to that case beside it.

| duty | roles |
|---|---|
"""

WALL = """
## The walls

Each of the own county or township, and of the townships that lie in it. `wall` is a screen that was opened by a link.

| duty | roles |
|---|---|
"""


def generate() -> str:
    """The whole page."""
    head = HEAD.format(standings=", ".join(Standing), case=", ".join(CaseStage), session=", ".join(SessionStage))
    rows, former = [], ""
    for action, standing, stages in table_rows():
        rows.append(f"| {'' if action == former else f'`{action}`'} | {standing} | {stages} |")
        former = action
    duties = [f"| `{duty}` | {', '.join(sorted(roles))} |" for duty, roles in DUTIES.items()]
    pool = [f"| `{duty}` | {', '.join(sorted(roles))} |" for duty, roles in POOL.items()]
    walls = [f"| `{duty}` | {', '.join(sorted(roles))} |" for duty, roles in WALLS.items()]
    parts = [(head, rows), (ADMINISTRATORS, duties), (EXPERTS, pool), (WALL, walls)]
    return "".join(begin + "\n".join(lines) + "\n" for begin, lines in parts)


def main() -> None:
    TARGET.write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main()
