"""Stamps of what was installed, and what the set-up must never touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.setup.client import ensure_packages
from web.setup.environment import hash_files


def files(folder: Path, second: str = "b") -> list[Path]:
    (folder / "sub").mkdir(parents=True)
    (folder / "one").write_text("a")
    (folder / "sub" / "two").write_text(second)
    return [folder / "one", folder / "sub" / "two"]


def test_a_moved_checkout_is_the_same(tmp_path: Path) -> None:
    assert hash_files(files(tmp_path / "here")) == hash_files(files(tmp_path / "there" / "deeper"))


def test_contents_and_names_count(tmp_path: Path) -> None:
    first = files(tmp_path / "here")
    assert hash_files(first) != hash_files(files(tmp_path / "changed", "c"))
    renamed = first[1].rename(first[1].with_name("three"))
    assert hash_files([first[0], renamed]) != hash_files(files(tmp_path / "again"))


def test_packages_behind_a_link_are_left_alone(tmp_path: Path) -> None:
    client, elsewhere = tmp_path / "web" / "client", tmp_path / "elsewhere"
    client.mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "package").write_text("somebody else's")
    (client / "package.json").write_text("{}")
    (client / "package-lock.json").write_text("{}")
    (client / "node_modules").symlink_to(elsewhere)
    with pytest.raises(SystemExit, match="is a link"):
        ensure_packages(tmp_path)
    assert (elsewhere / "package").exists()
