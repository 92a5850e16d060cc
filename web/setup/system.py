"""System packages that the tests need: installed where the machine lets us, else named in a clear sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from web.setup.environment import run_step, say

# What must be found, and the Debian package that brings it.
PROGRAMS = {
    "chromium": "chromium",
    "chromium-headless-shell": "chromium-headless-shell",
    "firefox-esr": "firefox-esr",
    "pdfsig": "poppler-utils",
    "redis-server": "redis-server",
    "openssl": "openssl",
    "turnserver": "coturn",
    "pg_dump": "postgresql",
    "janus": "janus",
}
FILES = {
    "usr/share/fonts/truetype/hanazono/HanaMinB.ttf": "fonts-hanazono",
    # GStreamer as a device in a session; the folder's name is that of the processor.
    "usr/lib/*/gstreamer-1.0/libgstopus.so": "gstreamer1.0-plugins-base",
    "usr/lib/*/gstreamer-1.0/libgstvpx.so": "gstreamer1.0-plugins-good",
    "usr/lib/*/gstreamer-1.0/libgstwebrtc.so": "gstreamer1.0-plugins-bad",
    "usr/lib/*/gstreamer-1.0/libgstnice.so": "gstreamer1.0-nice",
    "usr/lib/*/girepository-1.0/GstWebRTC-1.0.typelib": "gir1.2-gst-plugins-bad-1.0",
    "usr/lib/softhsm/libsofthsm2.so": "softhsm2",
    "usr/lib/python3/dist-packages/gi/overrides/Gst.py": "python3-gst-1.0",
}
OPTIONAL = {"chromium-headless-shell"}
"""The tests are faster with it, and do without where it cannot be installed."""
FONT_PACKAGES = {"Noto Sans CJK SC": "fonts-noto-cjk"}


def missing_packages() -> list[str]:
    wanted = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    wanted += [package for path, package in FILES.items() if not any(Path("/").glob(path))]
    if not list(Path("/usr/share/fonts").rglob("NotoSansCJK*")) if Path("/usr/share/fonts").exists() else True:
        wanted.append(FONT_PACKAGES["Noto Sans CJK SC"])
    return wanted


def ensure_system_packages(root: Path) -> None:
    """Everything that the tests need."""
    _install(root, missing_packages)


def ensure_packages_of(root: Path, programs: Mapping[str, str]) -> None:
    """`programs`: program → Debian's package that brings it, as in `PROGRAMS`."""
    _install(root, lambda: [package for program, package in programs.items() if not shutil.which(program)])


def _install(root: Path, missing: Callable[[], list[str]]) -> None:
    packages = missing()
    if not packages:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        packages = [package for package in packages if package not in OPTIONAL]
        if not packages:
            return
        sys.exit(f"[heyi] These system packages are needed (Debian's names): {', '.join(packages)}. Please install them and start again.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], capture_output=True, env=env, check=False)
    run_step(
        f"Installing system packages: {', '.join(packages)}", ["apt-get", "install", "-y", "--no-install-recommends", *packages], root, env
    )
    if left := missing():
        say(f"Still missing after the installation: {', '.join(left)}")
