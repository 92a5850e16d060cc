"""The documentation names everything that the code has: settings, verbs, messages with their fields, codes, links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import typer
from msgspec import inspect

from cases.permissions_page import TARGET, generate
from realtime import messages
from realtime.session import Code
from tests.documents import ROOT, refusal_codes
from web.commands import cli
from web.settings import PREFIX, Settings

PAGES = [ROOT / name for name in ("README.md", "README.zh-CN.md", "CHANGELOG.md")] + sorted((ROOT / "docs").rglob("*.md"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_settings() -> None:
    page = read("docs/operations.md")
    listed = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.+?) \|", page, re.M))
    fields = {field.name.upper(): field.default for field in msgspec.structs.fields(Settings)}
    assert listed.keys() == fields.keys()
    for name, default in fields.items():
        if default not in {"", "0300-8821234"}:
            said = str(default).lower() if isinstance(default, bool) else str(default)
            assert listed[name] == f"`{said}`", name


@pytest.mark.parametrize("page", ["docs/operations.md", "README.md", "README.zh-CN.md"])
def test_verbs(page: str) -> None:
    verbs = set(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]
    table = "\n".join(line.replace("\\|", "/").split("|")[1] for line in read(page).splitlines() if line.startswith("| `"))
    named = {word for word in re.findall(r"`([a-z-]+)[^`]*`", table) if not word.startswith("-")}
    assert verbs <= named
    if page.startswith("README"):
        assert named <= verbs, "a verb that does not exist"


def structs(union: object) -> list[inspect.StructType]:
    kind = inspect.type_info(union)
    return list(kind.types) if isinstance(kind, inspect.UnionType) else [kind]  # type: ignore[arg-type,list-item]


@pytest.mark.parametrize("union", [messages.ClientMessage, messages.ServerMessage, messages.Command], ids=["client", "server", "command"])
def test_every_message_stands_in_the_protocol_with_its_fields(union: object) -> None:
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| (.*?) \|", read("docs/protocol.md"), re.M)}
    for struct in structs(union):
        assert struct.tag in rows, struct.tag
        named = set(re.findall(r"`(\w+)` ", rows[struct.tag]))
        missing = {field.encode_name for field in struct.fields} - named - {"case"}
        assert not missing, f"{struct.tag}: {missing}"


def test_every_code_of_a_refusal_stands_in_the_protocol() -> None:
    table = read("docs/protocol.md").partition("## Refusals")[2]
    listed = set(re.findall(r"^\| `(\w+)` \| \S", table, re.M))
    codes = set(refusal_codes())
    assert codes <= listed, f"not documented: {sorted(codes - listed)}"
    assert listed <= codes, f"documented and gone: {sorted(listed - codes)}"


def test_every_close_code_stands_in_the_protocol() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d{4}) \|", read("docs/protocol.md"), re.M)}
    assert listed == {int(code) for code in Code}


def test_every_address_stands_in_the_protocol() -> None:
    page = read("docs/protocol.md")
    routes = {path for name in (ROOT / "web").glob("*.py") for path in re.findall(r'Route\(\s*"([^"]+)"', name.read_text(encoding="utf-8"))}
    for path in routes - {"/{rest:path}", "/api/{rest:path}"}:
        shown = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: {"page": "N"}.get(m[1], m[1].upper()), path)
        assert shown in page, path


def test_every_metric_stands_in_the_operations() -> None:
    page = read("docs/operations.md")
    for name in re.findall(r'"(heyi_\w+)"', read("realtime/metrics.py")):
        assert name in page, name


def test_the_permissions_are_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == generate(), "run python -m cases.permissions_page"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target
    for name in re.findall(
        r"`((?:cases|rooms|signaling|agreements|evidence|storage|realtime|web|rehearsal|benchmarks)/[\w/.-]+)(?::\w+)?`", text
    ):
        assert (ROOT / name).exists(), name


def test_decisions_that_the_code_names_exist() -> None:
    for path in (p for folder in ("storage", "realtime", "web", "rooms", "cases") for p in (ROOT / folder).rglob("*.py")):
        for name in re.findall(r"docs/decisions/[\w-]+\.md", path.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{path.name}: {name}"
