"""System packages that the tests need: installed where the machine lets us, else named in a clear sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from web.setup.environment import run_step, say

# What must be found, and the Debian package that brings it.
PROGRAMS = {
    "chromium": "chromium",
    "pdfsig": "poppler-utils",
    "redis-server": "redis-server",
    "openssl": "openssl",
    "turnserver": "coturn",
    "pg_dump": "postgresql",
}
FILES = {"/usr/share/fonts/truetype/hanazono/HanaMinB.ttf": "fonts-hanazono"}
FONT_PACKAGES = {"Noto Sans CJK SC": "fonts-noto-cjk"}


def missing_packages() -> list[str]:
    wanted = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    wanted += [package for path, package in FILES.items() if not Path(path).exists()]
    if not list(Path("/usr/share/fonts").rglob("NotoSansCJK*")) if Path("/usr/share/fonts").exists() else True:
        wanted.append(FONT_PACKAGES["Noto Sans CJK SC"])
    return wanted


def ensure_system_packages(root: Path) -> None:
    packages = missing_packages()
    if not packages:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        sys.exit(
            f"[heyi] The tests need these system packages (Debian's names): {', '.join(packages)}. Please install them and start again."
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], capture_output=True, env=env, check=False)
    run_step(
        f"Installing system packages: {', '.join(packages)}", ["apt-get", "install", "-y", "--no-install-recommends", *packages], root, env
    )
    left = missing_packages()
    if left:
        say(f"Still missing after the installation: {', '.join(left)}")
