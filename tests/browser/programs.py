"""The browsers that tests drive.

Most people of a test have Chromium's own build for machines without a screen: the same engine without the windows of a desktop, at three fifths of the processor (145 and 88 s for
one file with five of them). What a desktop's browser alone has, or what the whole rests on, is tried in that: `WHOLE`.
"""

from __future__ import annotations

import os
import shutil

WHOLE = os.environ.get("HEYI_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SHELL = os.environ.get("HEYI_CHROMIUM") or shutil.which("chromium-headless-shell") or WHOLE
