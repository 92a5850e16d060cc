"""`run.py retention`: what recordings are kept, by organisation, and how long; also while the server runs."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

from rich import box
from rich.table import Column, Table

from cases.errors import Invalid, NotFound
from cases.keeping import LONGEST
from storage import keeping
from storage.database import close_database, open_database
from storage.models.people import Organisation
from web.bucket import bucket_of
from web.keys import load_key
from web.settings import Settings


async def set_retention(settings: Settings, organisation: str, days: int) -> None:
    """Raises `Invalid`, `NotFound`."""
    if not 0 <= days <= LONGEST:
        raise Invalid("days", f"A policy names 0 (keep until somebody destroys them) to {LONGEST} days", field="days", limit=LONGEST)
    await open_database(settings.database_url)
    try:
        if not await Organisation.filter(id=organisation).update(retention_days=days):
            known = ", ".join(str(key) for key in await Organisation.all().order_by("id").limit(50).values_list("id", flat=True))
            raise NotFound("no_organisation", f"There is no organisation {organisation}; known are {known or 'none'}")
    finally:
        await close_database()


async def storage_report(settings: Settings) -> dict[str, Any]:
    await open_database(settings.database_url, load_key(settings.folder, "links"))
    try:
        rows = await keeping.report()
    finally:
        await close_database()
    folder = settings.folder / "recordings"
    on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    bucket = bucket_of(settings)
    moved = sum(size for _, size in await asyncio.to_thread(lambda: list(bucket.listed("recordings")))) if bucket is not None else 0
    return {"organisations": rows, "on_disk": on_disk, "in_bucket": moved, "free": shutil.disk_usage(settings.folder).free}


def table(report: dict[str, Any]) -> Table:
    columns = ("organisation", "kept for", "cases", "held", "gone", "sessions", "hours", "GB", "oldest")
    title = f"On disk {report['on_disk'] / 1e9:.2f} GB with journals and films; free {report['free'] / 1e9:.1f} GB"
    if report["in_bucket"]:
        title += f"; in the bucket {report['in_bucket'] / 1e9:.2f} GB"
    # In a narrow terminal the name goes on in the next line: nothing is cut off.
    name, *others = columns
    drawn = Table(
        Column(name, overflow="fold"), *(Column(one, no_wrap=True) for one in others), title=title, box=box.SIMPLE_HEAD, padding=0
    )
    for row in report["organisations"]:
        drawn.add_row(
            f"{row['name'] or '(no organisation)'} [dim]{row['organisation']}[/dim]",
            f"{row['retention_days']} days" if row["retention_days"] else "no end",
            *(str(row[key]) for key in ("cases", "on_hold", "destroyed", "sessions")),
            f"{row['hours']:.1f}",
            f"{row['bytes'] / 1e9:.3f}",
            row["oldest"][:10],
        )
    return drawn
