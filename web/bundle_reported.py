"""What came with a report, for a bundle: what was told by voice, as it came, and the photographs as they are kept. Names are those that the chain has, so that the verifier compares them."""

from __future__ import annotations

from cases.case import Case
from evidence.profiles import Profile
from web.bundle_recordings import Ledger
from web.house import House
from web.spoken_reports import SpokenReports


async def reported_files(at: House, case: Case, profile: Profile, chain: Ledger) -> dict[str, bytes]:
    """Name below `reported/` → content. What is not in the vault any more is left out, and told of by the chain."""
    if not profile.report:
        return {}
    later = {payload["photo"] for entry, _, payload in chain if entry.kind == "case.photo_added" and payload}
    wanted = [photo.id for photo in case.photos if profile.material or photo.id not in later]
    files = await _voice(at.spoken, case)
    for name in wanted:
        try:
            files[f"photo-{name}.jpg"] = await at.blobs.get(f"photos/{name}.jpg")
        except KeyError:
            continue
    return files


async def _voice(spoken: SpokenReports, case: Case) -> dict[str, bytes]:
    if case.spoken is None:
        return {}
    try:
        data = b"".join([piece async for piece in spoken.play(case.spoken)])
    except KeyError:
        return {}
    return {f"voice-{case.spoken.id}.{case.spoken.type.rpartition('/')[2]}": data}
