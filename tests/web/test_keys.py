from __future__ import annotations

import stat
from pathlib import Path

import pytest

from web.keys import SECRET_LIMIT, load_key, read_secret


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_key(tmp_path, "links")
    assert len(first) == 32
    assert load_key(tmp_path, "links") == first
    assert load_key(tmp_path, "recordings") != first
    path = tmp_path / "keys" / "links"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_an_operator_puts_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pin"

    def refused() -> str:
        with pytest.raises(ValueError) as caught:
            read_secret(path)
        return str(caught.value)

    assert "cannot be read" in refused()
    path.write_text("  1234 \n")
    path.chmod(0o600)
    assert read_secret(path) == "1234"
    for mode in (0o640, 0o604):
        path.chmod(mode)
        assert "chmod 600" in refused()
    path.chmod(0o600)
    for text, why in (("\n", "empty"), ("x" * (SECRET_LIMIT + 1), "too long")):
        path.write_text(text)
        assert why in refused()
    path.write_text("x" * SECRET_LIMIT)
    assert len(read_secret(path)) == SECRET_LIMIT
