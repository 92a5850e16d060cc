"""Errors of what runs in a process pool come back whole: an exception that cannot be unpickled breaks the pool."""

import pickle

import pytest

from agreements.authority import AuthorityError
from agreements.fonts import FontsMissing, MissingGlyph
from agreements.live import LogBroken
from agreements.pages import PageError
from agreements.pdf import TooManyPages
from agreements.seal_image import SealError
from agreements.signing import SigningError
from agreements.strokes import StrokesError
from evidence.bundle import BundleError
from evidence.timestamp import TimestampError

TWO = [AuthorityError, PageError, SigningError, StrokesError, BundleError, TimestampError]
ERRORS = [
    *(kind("a_code", "a sentence") for kind in TWO),
    MissingGlyph("𠮷"),
    FontsMissing("a.ttf", ("x",)),
    TooManyPages("x"),
    SealError("x"),
    LogBroken(3, "missing"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_there_and_back(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code) == (type(error), str(error), error.code)
    assert vars(again) == vars(error)
