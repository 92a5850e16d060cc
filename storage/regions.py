"""The register of regions: which there are, by the codes of GB/T 2260."""

from __future__ import annotations

from cases.errors import Invalid
from storage.database import reads
from storage.models.people import Region

COUNTY, TOWNSHIP = 6, 9
"""Digits of their codes."""


async def region_of(code: str) -> Region:
    """The township or village, on trial where it lies in one that is. Raises `Invalid`."""
    around = await Region.filter(code__in=[code[:digits] for digits in (6, 9, 12)]).using_db(reads())
    region = next((one for one in around if one.code == code), None)
    if region is None or len(code) < TOWNSHIP:
        raise Invalid("unknown_region", "Choose the township where it happened", field="region")
    region.trial = any(one.trial for one in around)
    return region


async def regions_of(region: str) -> dict[str, str]:
    """Names of the townships and villages of the county of a region, by code."""
    rows = await Region.filter(code__startswith=region[:COUNTY]).using_db(reads()).order_by("code")
    return {row.code: row.name for row in rows if len(row.code) >= TOWNSHIP}
