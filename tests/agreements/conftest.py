"""An invented case and clients that edit its agreement as browsers would."""

import os
from math import sin
from pathlib import Path

import pytest
from pycrdt import Doc, XmlElement, XmlText

from agreements.facts import case_facts
from agreements.fonts import FACES, find_font
from agreements.guard import Grant
from agreements.live import LiveDocument, make_entry
from agreements.schema import KINDS, fragment
from agreements.seed import document_name, seed
from agreements.strokes import Handwriting
from evidence.ledger import GENESIS

FONT_DIRS = [
    Path(__file__).parents[2] / "web/client/node_modules/@expo-google-fonts",
    *map(Path, filter(None, os.environ.get("HEYI_FONT_DIRS", "").split(os.pathsep))),
    Path("/usr/share/fonts/truetype/hanazono"),
]

CASE = {
    "number": "安和人调字〔2026〕第00001号",
    "committee": "安和县桃源镇人民调解委员会",
    "parties": [
        {
            "seat": "p1",
            "name": "李某",
            "role": "申请人",
            "id_number": "139999********0015",
            "address": "安和县桃源镇东街村",
        },
        {
            "seat": "p2",
            "name": "赵某",
            "role": "被申请人",
            "id_number": "139999********0023",
            "address": "安和县桃源镇西街村",
        },
    ],
    "mediator": "周某",
    "dispute_type": "邻里",
    "facts": "2026年5月，被申请人翻建院墙时，施工振动致申请人东屋墙面开裂。双方多次协商未果，申请人向本委员会申请调解。",
    "disputes": "墙面裂缝的修复费用由谁承担、如何支付",
}

SIGNING_AT = "2026-11-23T08:20:00.000000Z"


class Client:
    """A browser's document: `take()` returns what was edited since the last call."""

    def __init__(self, client_id, state):
        self.doc = Doc(client_id=client_id)
        self.doc.apply_update(state)
        self.seen = self.doc.get_state()

    @property
    def root(self):
        return fragment(self.doc)

    def clause(self, clause_id):
        return next(child for child in self.root.children if child.attributes["id"] == clause_id)

    def field(self, key):
        for clause in self.root.children:
            for paragraph in clause.children:
                for part in paragraph.children:
                    if isinstance(part, XmlElement) and part.tag == "field" and part.attributes["key"] == key:
                        return part
        raise KeyError(key)

    def set_field(self, key, value):
        self.field(key).attributes["value"] = value

    def write(self, clause_id, text):
        paragraph = self.clause(clause_id).children[0]
        paragraph.children.append(XmlText(text))

    def add_clause(self, clause_id, kind, text, index=None):
        element = XmlElement("clause", {"id": clause_id, "kind": kind, "title": ""})
        children = self.root.children
        with self.doc.transaction():
            if index is None:
                children.append(element)
            else:
                children.insert(index, element)
            paragraph = XmlElement("paragraph")
            element.children.append(paragraph)
            paragraph.children.append(XmlText(text))

    def take(self):
        update = self.doc.get_update(self.seen)
        self.seen = self.doc.get_state()
        return update


def handwriting():
    """Three loops, as a pad would report them."""
    strokes = [[(50.0 + 4 * i, 100.0 + 60 * sin(i / 5 + k), 12.0 * i + 1000 * k) for i in range(40)] for k in range(3)]
    return Handwriting(600, 200, strokes)


def all_kinds(seat, *client_ids, lock=False):
    return Grant(seat=seat, client_ids=frozenset(client_ids), may_edit=True, kinds=frozenset(KINDS), may_lock=lock)


@pytest.fixture
def facts():
    return case_facts(CASE)


@pytest.fixture
def live(facts):
    name = document_name("c1", 1)
    return LiveDocument(name, make_entry(name, 1, "server", SIGNING_AT, seed(facts), GENESIS))


@pytest.fixture
def client(live):
    return lambda client_id: Client(client_id, live.updates_since())


def fonts_or_skip():
    dirs = tuple(str(path) for path in FONT_DIRS if path.is_dir())
    if not find_font(FACES["serif"], dirs):
        pytest.skip("the npm font packages are not installed (run.py installs them; HEYI_FONT_DIRS names another place)")
    return dirs


@pytest.fixture
def fonts():
    return fonts_or_skip()


@pytest.fixture
def hanazono(fonts):
    if not find_font("HanaMinA.ttf", fonts):
        pytest.skip("fonts-hanazono is not installed")
