"""From where and with which browser somebody came in, in as few words as tell one's own sign-in from a stranger's. Pure.

The address is kept without its last part, the browser as two words: what is not kept cannot leak, and nobody's line or device is known by it.
"""

from __future__ import annotations

import ipaddress

import msgspec

# The first that is found names it: most browsers also claim to be those that stand further down.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("HuaweiBrowser", "Huawei"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class Came(msgspec.Struct, frozen=True):
    """`address` as `203.0.113.*` or `2001:db8:1:*`, `browser` as `Chrome, Windows`; either empty where it is not known."""

    address: str = ""
    browser: str = ""


def came_from(host: str, user_agent: str) -> Came:
    return Came(mask_address(host), browser_of(user_agent))


def mask_address(host: str) -> str:
    """IPv4 without its last number; of IPv6 the first 48 bits, which are those of a site (RFC 6177)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped is not None:
        address = mapped
    if isinstance(address, ipaddress.IPv4Address):
        return f"{address.exploded.rpartition('.')[0]}.*"
    return ":".join(part.lstrip("0") or "0" for part in address.exploded.split(":")[:3]) + ":*"


def browser_of(user_agent: str) -> str:
    named = [next((name for mark, name in marks if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in named if name)
