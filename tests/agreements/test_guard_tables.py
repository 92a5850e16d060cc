"""Two people change one table at the same moment: what comes of it is a table, the same for both and for whoever opens it later, every cell under its head."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, XmlElement, XmlText

from agreements.guard import Accepted, Guard
from agreements.schema import MAX_COLUMNS, MAX_ROWS, TABLE, read_document
from agreements.seed import seed_content

from .conftest import Client, all_kinds

Plain = dict[str, Any]


def words(*texts: str) -> list[Plain]:
    return [{"type": "paragraph", "content": [{"type": "text", "text": text}] if text else []} for text in texts]


def seeded() -> bytes:
    rows = [words("甲", "乙", "丙"), words("甲1", "乙1", "丙1"), words("", "", "")]
    clauses = [{"id": "terms-1", "kind": "terms", "title": "", "blocks": [{"type": TABLE, "rows": rows}]}]
    return seed_content({"version": 1, "clauses": clauses})


SEED = seeded()


class Hand(Client):  # type: ignore[misc]
    """What the buttons and keys of the client do, on a copy of the document."""

    names = 0

    def act(self, what: str, row: int, column: int, text: str) -> None:
        table = self.clause("terms-1").children[0]
        lines = list(table.children)
        row %= len(lines)
        columns = [cell.attributes["column"] for cell in lines[0].children]
        column %= len(columns)
        with self.doc.transaction():
            if what == "type":
                cell = lines[row].children[column]
                if not len(cell.children):
                    cell.children.append(XmlText(""))
                cell.children[0].insert(0, text)
            elif what == "row" and len(lines) < MAX_ROWS:
                table.children.insert(row + 1, XmlElement("table_row", {}, [XmlElement("table_cell", {"column": one}) for one in columns]))
            elif what == "no row" and len(lines) > 1:
                del table.children[row]
            elif what == "column" and len(columns) < MAX_COLUMNS:
                Hand.names += 1
                for line in lines:
                    line.children.insert(column + 1, XmlElement("table_cell", {"column": f"n{Hand.names}"}))
            elif what == "no column" and len(columns) > 1:
                for line in lines:
                    del line.children[column]


ACTS = st.tuples(
    st.sampled_from(["type", "type", "row", "no row", "column", "no column"]),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(["一", "二"]),
)
STRUCTURE = {"uneven_table", "empty_node", "too_many_columns", "too_many_rows"}


def content(doc: Doc[Any]) -> list[Plain]:
    return list(read_document(doc)["clauses"])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.lists(ACTS, max_size=2), st.lists(ACTS, max_size=2), st.booleans()), min_size=1, max_size=5))
def test_two_hands_come_to_one_table(rounds: list[tuple[list[Any], list[Any], bool]]) -> None:
    state = SEED
    hands = {11: Hand(11, SEED), 12: Hand(12, SEED)}
    for mine, other, swapped in rounds:
        for client, acts in ((11, mine), (12, other)):
            for act in acts:
                hands[client].act(*act)
        for client in (12, 11) if swapped else (11, 12):
            update = hands[client].take()
            guard = Guard(state)
            verdict = guard.check(update, all_kinds(str(client), client), "drafting")
            beside = 23 - client
            if isinstance(verdict, Accepted):
                state = guard.state()
                hands[beside].doc.apply_update(update)
            else:
                # Two who change rows and columns at once: the second does it again, on what there is.
                assert verdict.code in STRUCTURE
                acts = {act[0] for act in (mine if client == 11 else other)}
                assert acts & {"row", "no row", "column", "no column"}
                hands[client] = Hand(client, state)
        for client, hand in list(hands.items()):
            if hand.doc.get_state() != Guard(state)._doc.get_state():
                hands[client] = Hand(client, state)
            hands[client].seen = hands[client].doc.get_state()
            assert content(hands[client].doc) == Guard(state).clauses


@given(ACTS, st.integers(0, 2), st.integers(0, 2))
def test_whoever_types_while_another_changes_the_table_is_never_refused(act: Any, row: int, column: int) -> None:
    one, two = Hand(11, SEED), Hand(12, SEED)
    one.act(*act)
    two.act("type", row, column, "字")
    guard = Guard(SEED)
    for hand, client in ((one, 11), (two, 12)):
        assert isinstance(guard.check(hand.take(), all_kinds(str(client), client), "drafting"), Accepted)
    [table] = guard.clauses[0]["blocks"]
    head = ["".join(part["text"] for part in cell["content"]) for cell in table["rows"][0]]
    for line in table["rows"][1:]:
        for name, cell in zip(head, line, strict=True):
            text = "".join(part["text"] for part in cell["content"])
            # what was written under a head still stands under it
            assert not text.endswith("1") or name.endswith(text[-2])
