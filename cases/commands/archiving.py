"""What the office does with the paper file of a closed case: it goes to the archive, and is taken out again."""

from __future__ import annotations

import msgspec


class ArchiveFile(msgspec.Struct, tag_field="t", tag="archive_file", forbid_unknown_fields=True):
    """归档. `shelf`: where the file stands, as the office calls it. `reason` is needed where an item that is required is missing."""

    case: str
    shelf: str = ""
    reason: str = ""


class TakeOutFile(msgspec.Struct, tag_field="t", tag="take_out_file", forbid_unknown_fields=True):
    """Something in it has to be put right: its forms can be filled in again until it goes back."""

    case: str
    reason: str


ArchiveCommand = ArchiveFile | TakeOutFile
