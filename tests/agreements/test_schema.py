"""The schema reads what the editor writes, and refuses everything else by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, XmlElement, XmlText

from agreements import schema
from agreements.schema import SchemaError, canonical, content_hash, fragment, read_document


def document(*clauses):
    doc = Doc(client_id=7)
    for clause in clauses:
        fragment(doc).children.append(clause)
    return doc


def clause(*blocks, **attributes):
    return XmlElement("clause", {"id": "a", "kind": "terms", **attributes}, list(blocks) or [XmlElement("paragraph", {}, [XmlText("x")])])


def paragraph(*parts):
    return XmlElement("paragraph", {}, list(parts))


def field(**attributes):
    return XmlElement("field", {"key": "k", "type": "text", "value": "", **attributes})


def row(*cells, columns="abcdefgh"):
    return XmlElement("table_row", {}, [XmlElement("table_cell", {"column": columns[n]}, parts) for n, parts in enumerate(cells)])


def table(*rows):
    return XmlElement("table", {}, list(rows))


def refusal(doc):
    with pytest.raises(SchemaError) as error:
        read_document(doc)
    return error.value.code


def test_texts_are_merged_and_empty_ones_dropped():
    doc = document(clause(paragraph(XmlText("甲"), XmlText(""), XmlText("乙"), field(type="amount", value="1.00"))))
    [block] = read_document(doc)["clauses"][0]["blocks"]
    assert block["content"] == [{"type": "text", "text": "甲乙"}, {"type": "field", "key": "k", "field": "amount", "value": "1.00"}]


def test_lists():
    item = XmlElement("list_item", {}, [paragraph(XmlText("甲"))])
    doc = document(clause(XmlElement("ordered_list", {}, [item])))
    [block] = read_document(doc)["clauses"][0]["blocks"]
    assert block == {"type": "ordered_list", "items": [[{"type": "paragraph", "content": [{"type": "text", "text": "甲"}]}]]}


def test_tables():
    doc = document(clause(table(row([XmlText("物品")], []), row([XmlText("床")], [field(type="amount", value="1.00")]))))
    content = read_document(doc)
    [block] = content["clauses"][0]["blocks"]
    cells = [[cell["content"] for cell in line] for line in block["rows"]]
    amount = {"type": "field", "key": "k", "field": "amount", "value": "1.00"}
    assert cells == [[[{"type": "text", "text": "物品"}], []], [[{"type": "text", "text": "床"}], [amount]]]
    assert schema.text_of(content["clauses"][0]) == "物品\n\n床\n1.00"
    assert list(schema.fields_of(content["clauses"][0])) == [amount]
    renamed = document(
        clause(
            table(
                row([XmlText("物品")], [], columns="xy"),
                row([XmlText("床")], [field(type="amount", value="1.00")], columns="xy"),
            )
        )
    )
    assert canonical(read_document(renamed)) == canonical(content)


def test_the_bytes_of_what_is_there_stay():
    item = XmlElement("list_item", {}, [paragraph(XmlText("甲"))])
    doc = document(clause(paragraph(XmlText("x"), field()), XmlElement("ordered_list", {}, [item])))
    assert content_hash(read_document(doc)) == "19bf707295bed5bddef97acd45d3f2d9c3bd4554a837a47c78c2e08660de61c8"


def test_floats_of_javascript_become_integers():
    doc = document(clause())
    fragment(doc).children[0].attributes["title"] = 3
    assert read_document(doc)["clauses"][0]["title"] == "3"


def test_status_and_lock_do_not_change_the_hash():
    one, two = document(clause()), document(clause(status="agreed", locked_by="m1"))
    assert content_hash(read_document(one)) == content_hash(read_document(two))
    assert b"locked_by" not in canonical(read_document(one))


@pytest.mark.parametrize(
    ("doc", "code"),
    [
        (document(), "no_clause"),
        (document(paragraph(XmlText("x"))), "unknown_node"),
        (document(clause(XmlElement("heading"))), "unknown_node"),
        (document(clause(XmlText("x"))), "unknown_node"),
        (document(clause(paragraph(XmlElement("image")))), "unknown_node"),
        (document(clause(XmlElement("bullet_list"))), "empty_node"),
        (document(clause(table())), "empty_node"),
        (document(clause(table(row()))), "empty_node"),
        (document(clause(table(row([], []), row([])))), "uneven_table"),
        (document(clause(table(row([], []), row([], [], columns="ba")))), "uneven_table"),
        (document(clause(table(row([], [], columns="aa")))), "bad_attribute"),
        (document(clause(table(row([], columns=[""])))), "bad_attribute"),
        (document(clause(table(XmlElement("table_cell", {"column": "a"})))), "unknown_node"),
        (document(clause(table(XmlElement("table_row", {}, [paragraph()])))), "unknown_node"),
        (document(clause(table(row([paragraph()])))), "unknown_node"),
        (document(clause(XmlElement("bullet_list", {}, [XmlElement("list_item", {}, [table(row([]))])]))), "unknown_node"),
        (document(clause(XmlElement("table", {"width": "9"}, [row([])]))), "unknown_attribute"),
        (document(XmlElement("clause", {"id": "a", "kind": "terms"})), "empty_node"),
        (document(clause(id="A B")), "bad_attribute"),
        (document(clause(kind="poem")), "bad_attribute"),
        (document(clause(status="done")), "bad_attribute"),
        (document(clause(color="red")), "unknown_attribute"),
        (document(clause(title="题" * 61)), "too_long"),
        (document(clause(), clause()), "duplicate_clause"),
        (document(clause(kind="facts"), clause(id="b", kind="facts")), "repeated_kind"),
        (document(clause(paragraph(field(key="9")))), "bad_attribute"),
        (document(clause(paragraph(field(type="image")))), "bad_attribute"),
        (document(clause(paragraph(field(type="amount", value="1")))), "bad_field_value"),
        (document(clause(paragraph(field(type="date", value="2026-02-30")))), "bad_field_value"),
        (document(clause(paragraph(field(type="date", value="1899-01-01")))), "bad_field_value"),
        (document(clause(paragraph(field(type="id_number", value="<1>")))), "bad_field_value"),
        (document(clause(paragraph(field(type="party", value="李" * 101)))), "bad_field_value"),
        (document(clause(paragraph(XmlText("1800\u202e00")))), "forbidden_character"),
        (document(clause(paragraph(XmlText("a\x00")))), "forbidden_character"),
        (document(clause(paragraph(field(value="a\nb")))), "forbidden_character"),
    ],
)
def test_refusals(doc, code):
    assert refusal(doc) == code


def test_marks_and_embeds_are_refused():
    doc = document(clause())
    text = fragment(doc).children[0].children[0].children[0]
    text.format(0, 1, {"strong": {}})
    assert refusal(doc) == "unknown_mark"
    doc = document(clause())
    fragment(doc).children[0].children[0].children[0].insert_embed(0, {"image": "x"})
    assert refusal(doc) == "unknown_node"


def test_limits():
    many = [clause(id=f"c{n}") for n in range(schema.MAX_CLAUSES)]
    assert len(read_document(document(*many))["clauses"]) == schema.MAX_CLAUSES
    assert refusal(document(*[clause(id=f"c{n}") for n in range(schema.MAX_CLAUSES + 1)])) == "too_many_clauses"
    assert refusal(document(clause(paragraph(XmlText("字" * (schema.MAX_CHARACTERS + 1)))))) == "too_long"
    assert refusal(document(clause(*[paragraph() for _ in range(schema.MAX_BLOCKS + 1)]))) == "too_many_blocks"
    assert len(read_document(document(clause(*[table(row([])) for _ in range(schema.MAX_TABLES)])))["clauses"]) == 1
    assert refusal(document(clause(*[table(row([])) for _ in range(schema.MAX_TABLES + 1)]))) == "too_many_tables"
    full = [row(*[[] for _ in range(schema.MAX_COLUMNS)]) for _ in range(schema.MAX_ROWS)]
    assert len(read_document(document(clause(table(*full))))["clauses"]) == 1
    assert refusal(document(clause(table(*[row([]) for _ in range(schema.MAX_ROWS + 1)])))) == "too_many_rows"
    assert refusal(document(clause(table(row(*[[] for _ in range(schema.MAX_COLUMNS + 1)]))))) == "too_many_columns"
    long, head = XmlText("字" * schema.MAX_CELL), XmlText("字" * schema.MAX_HEAD)
    assert len(read_document(document(clause(table(row([head]), row([long])))))["clauses"]) == 1
    assert refusal(document(clause(table(row([]), row([XmlText("字" * (schema.MAX_CELL + 1))]))))) == "too_long_cell"
    assert refusal(document(clause(table(row([XmlText("字" * (schema.MAX_HEAD + 1))]))))) == "too_long_cell"
    assert refusal(document(clause(table(row([]), row([field() for _ in range(schema.MAX_CELL // 4 + 1)]))))) == "too_long_cell"
    assert refusal(document(clause(paragraph(*[field() for _ in range(schema.MAX_FIELDS + 1)])))) == "too_many_fields"


@given(st.text(alphabet=st.characters(categories=["Lo", "Nd", "Po", "Ps", "Pe", "Lu"]), max_size=40), st.sampled_from(schema.KINDS))
def test_canonical_form_is_stable(text, kind):
    content = read_document(document(clause(paragraph(XmlText(text), field(value=text[:20])), kind=kind)))
    again = read_document(document(clause(paragraph(XmlText(text[:3]), XmlText(text[3:]), field(value=text[:20])), kind=kind)))
    assert canonical(content) == canonical(again)
