"""The reader of Yjs updates agrees with the library, and never trips."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from agreements.schema import ROOT
from agreements.update_format import UpdateError, read_state_vector, read_update

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)


def ends(update):
    return {client: clock + length for client, clock, length in read_update(update).blocks}


@given(st.lists(st.tuples(st.integers(1, 3), TEXTS, st.sampled_from(["add", "write", "cut", "attribute"])), max_size=12))
@settings(max_examples=80, deadline=None)
def test_clocks_equal_the_state_vector(steps):
    docs = {client: Doc(client_id=client) for client in (1, 2, 3)}
    for client, text, step in steps:
        doc = docs[client]
        children = doc.get(ROOT, type=XmlFragment).children
        if step == "add" or not len(children):
            children.append(XmlElement("paragraph", {"a": text}, [XmlText(text)]))
        elif step == "write":
            children[0].children[0].insert(0, text)
        elif step == "cut":
            del children[len(children) - 1]
        else:
            children[0].attributes["n"] = len(text)
        for other in docs.values():
            other.apply_update(doc.get_update(other.get_state()))
    state = docs[1]
    assert ends(state.get_update()) == read_state_vector(state.get_state())


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_noise(noise):
    try:
        read_update(noise)
    except UpdateError as error:
        assert error.code in ("malformed", "missing_dependencies", "forbidden_content")


def test_every_cut_is_noticed():
    doc = Doc(client_id=5)
    doc.get(ROOT, type=XmlFragment).children.append(XmlElement("paragraph", {"a": "b"}, [XmlText("甲乙")]))
    update = doc.get_update()
    read_update(update)
    for length in range(len(update)):
        with pytest.raises(UpdateError):
            read_update(update[:length])
    with pytest.raises(UpdateError):
        read_update(update + b"\x00")


@pytest.mark.parametrize("shared", [Text("x"), Array([1]), Map({"a": 1})])
def test_other_roots_and_types_are_refused(shared):
    doc = Doc(client_id=5)
    doc["other"] = shared
    with pytest.raises(UpdateError) as error:
        read_update(doc.get_update())
    assert error.value.code == "forbidden_content"


def test_a_clock_beyond_the_library_is_refused():
    huge = bytes([1, 1, 5, 0, 0]) + b"\xff\xff\xff\xff\x0f" + b"\x00"
    with pytest.raises(UpdateError) as error:
        read_update(huge)
    assert error.value.code == "malformed"
