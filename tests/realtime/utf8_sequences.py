"""Sequences of octets that are UTF-8 (RFC 3629) and that are not, after Markus Kuhn's decoder stress test, which Autobahn's group 6 uses too.

Both lists are written down rather than computed: the server asks Python's decoder, and a test must not ask it again.
"""

from __future__ import annotations


def _octets(*texts: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


_KOSME = "cebae1bdb9cf83cebcceb5"  # κόσμε

VALID = _octets(
    _KOSME,
    # cut at the boundaries of its letters
    *(_KOSME[:n] for n in (4, 10, 14, 18)),
    # the first and the last of each length
    *("00", "c280", "e0a080", "f0908080", "7f", "dfbf", "efbfbf", "f48fbfbe", "f48fbfbf"),
    # around the surrogates and the end of the code space
    *("ed9fbf", "ee8080", "efbfbd"),
    # noncharacters are characters on the wire
    *("efbfbe", "efb790", "efb7af"),
    *(f"{0xF0 | plane >> 2:02x}{0x8F | (plane & 3) << 4:02x}bf{low}" for plane in range(1, 16) for low in ("be", "bf")),
    # a byte order mark, text around long letters
    *("efbbbf41", "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121", "e4ba91f0a0aeb7e59089"),
)

INVALID = _octets(
    # a word that ends in a surrogate, and what follows a letter that does
    f"{_KOSME}eda080656469746564",
    f"{_KOSME}f4908080656469746564",
    # cut inside its letters
    *(_KOSME[:n] for n in (2, 6, 8, 12, 16, 20)),
    # first and last of the lengths that are none
    *("f888808080", "fc8480808080", "f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf", "f4908080"),
    # continuations without a start
    *("80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf"),
    "".join(f"{n:02x}" for n in range(0x80, 0xC0)),
    # starts without a continuation, each followed by a space
    *("".join(f"{n:02x}20" for n in range(*ends)) for ends in ((0xC0, 0xE0), (0xE0, 0xF0), (0xF0, 0xF8), (0xF8, 0xFC), (0xFC, 0xFE))),
    # the last continuation missing
    *("c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"),
    "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf",
    # octets that never occur
    *("fe", "ff", "fefeffff"),
    # a slash, the largest and the smallest, all longer than need be
    *("c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"),
    *("c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"),
    *("c080", "e08080", "f0808080", "f880808080", "fc8080808080"),
    # surrogates, alone and in pairs
    *("eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"),
    *(high + low for high in ("eda080", "edadbf", "edae80", "edafbf") for low in ("edb080", "edbfbf")),
)
