from __future__ import annotations

import stat
from pathlib import Path

from web.keys import load_key


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_key(tmp_path, "links")
    assert len(first) == 32
    assert load_key(tmp_path, "links") == first
    assert load_key(tmp_path, "recordings") != first
    path = tmp_path / "keys" / "links"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
