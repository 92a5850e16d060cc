"""Whose address a connection counts for: the peer's, or, behind reverse proxies that are trusted, the client's that they name. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Trusted = Sequence[IPv4Network | IPv6Network]


def trusted_networks(setting: str) -> Trusted:
    """Addresses and networks separated by commas. Raises `ValueError` naming the one that is neither; `*` trusts everybody."""
    if setting.strip() == "*":
        return (ip_network("0.0.0.0/0"), ip_network("::/0"))
    return tuple(ip_network(part.strip(), strict=False) for part in setting.split(",") if part.strip())


def client_address(peer: Any, forwarded: Sequence[str], trusted: Trusted) -> str:
    """`peer` is the socket's (host, port), `forwarded` the values of X-Forwarded-For. Read from the right: each proxy appends whom it saw."""
    host = str(peer[0]) if peer else ""
    hops = [hop.strip() for value in forwarded for hop in value.split(",") if hop.strip()]
    while hops and _within(host, trusted):
        nearer = hops.pop()
        try:
            ip_address(nearer)
        except ValueError:
            break
        host = nearer
    return counted(host)


def counted(host: str) -> str:
    """Under which name an address is counted: an IPv6 household has 2⁶⁴ of them and counts once; a mapped IPv4 address is that one."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
    return str(address)


def _within(host: str, trusted: Trusted) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in trusted if network.version == address.version)
