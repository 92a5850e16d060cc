"""Credentials for TURN servers that share a secret with us (draft-uberti-behave-turn-rest-00; coturn's `use-auth-secret`). Pure.

A relay carries media where a firewall lets neither UDP nor TCP to our media port through. The name a browser gets is the moment when it
expires and whom it was given to; the password proves that we gave it. A relay that knows the secret needs no list of users.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

LIFETIME = 6 * 3600
"""Seconds for which a name can be used to begin a relay; longer than any session."""
SCHEMES = ("turn:", "turns:")


def credentials(secret: str, user: str, expires: int) -> tuple[str, str]:
    """(name, password) that expire at `expires`, in s since 1970."""
    name = f"{expires}:{user}"
    return name, base64.b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode()


def ice_servers(urls: Sequence[str], secret: str, user: str, now: float) -> list[dict[str, Any]]:
    """The `iceServers` of a browser's connection (W3C WebRTC); empty without relays."""
    if not urls:
        return []
    name, password = credentials(secret, user, int(now) + LIFETIME)
    return [{"urls": list(urls), "username": name, "credential": password}]


def parse_urls(text: str) -> list[str]:
    """Addresses of relays, separated by commas. Raises `ValueError` that names the one at fault."""
    urls = [part.strip() for part in text.split(",") if part.strip()]
    for url in urls:
        if not url.startswith(SCHEMES) or not url.partition(":")[2].strip("/"):
            raise ValueError(f"{url} is no relay: it reads turn:HOST:PORT?transport=udp or tcp, or turns:HOST:443?transport=tcp")
    return urls
