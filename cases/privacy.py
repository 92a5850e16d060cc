"""The privacy notices (个人信息保护告知): one that a resident agrees to with an account, and one that stands on the report form, with or without an account. The client has its words for every version that is in force; what is kept of an agreement is which one it
was, and when (个人信息保护法 14, 17). Words that change the purpose, the kind of data or the time they are kept are a new version, and are agreed to anew.
"""

from __future__ import annotations

from cases.errors import Invalid

VERSION = "1.0"
DATE = "2026-11-28"
"""From when it holds."""
REPORT_VERSION = "1.0"
"""Of the notice on the report form (web/client/src/report/ReportPrivacy.vue)."""
REPORT_VERSIONS = frozenset({REPORT_VERSION})
"""All that there were: a report may have waited on a phone since an earlier one."""


def demand_agreed(version: str) -> None:
    """Raises `Invalid` unless the present notice was agreed to."""
    if version != VERSION:
        raise Invalid(
            "privacy_needed", "Read the privacy notice and agree to it first; it may have changed", field="agreed", version=VERSION
        )


def demand_known(version: str) -> None:
    """What a report says it was written under; empty where it says nothing. Raises `Invalid` for one that there never was."""
    if version and version not in REPORT_VERSIONS:
        raise Invalid("malformed", "There is no such version of the privacy notice", field="privacy")
