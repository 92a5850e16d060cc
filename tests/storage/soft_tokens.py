"""Tokens of SoftHSM in a folder of their own. One process reads SoftHSM's configuration once, so that all its tests share one folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "31415926"


class SoftTokens:
    def __init__(self, folder: Path) -> None:
        self._tokens, self._aside = folder / "tokens", folder / "aside"
        self._tokens.mkdir()
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self._tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(conf)

    def make(self, label: str) -> None:
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "27182818"]
        subprocess.run(command, check=True, capture_output=True)

    def pull_out(self) -> None:
        """All of them."""
        self._tokens.rename(self._aside)

    def put_back(self) -> None:
        self._aside.rename(self._tokens)
