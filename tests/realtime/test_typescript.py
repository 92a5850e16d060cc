from __future__ import annotations

from realtime.typescript import TARGET, generate


def test_the_committed_types_are_those_of_the_messages() -> None:
    assert TARGET.read_text() == generate(), "run: python -m realtime.typescript"
