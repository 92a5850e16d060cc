"""The privacy notice (个人信息保护告知) that a resident agrees to. The client has its words for every version that is in force; what is kept of an agreement is which one it
was, and when (个人信息保护法 14, 17). Words that change the purpose, the kind of data or the time they are kept are a new version, and are agreed to anew.
"""

from __future__ import annotations

from cases.errors import Invalid

VERSION = "1.0"
DATE = "2026-11-28"
"""From when it holds."""


def demand_agreed(version: str) -> None:
    """Raises `Invalid` unless the present notice was agreed to."""
    if version != VERSION:
        raise Invalid(
            "privacy_needed", "Read the privacy notice and agree to it first; it may have changed", field="agreed", version=VERSION
        )
