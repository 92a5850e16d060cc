"""Signatures onto the file: what is refused, and that a process pool can make them."""

import io
import pickle
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pypdf
import pytest

from agreements.authority import EmbeddedAuthority, one_time_credential
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import canonical
from agreements.signing import SigningError, certify, revision_hash, sign
from agreements.strokes import draw_strokes

from .conftest import handwriting

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)


@pytest.fixture
def stand(tmp_path, live, facts, fonts):
    authority = EmbeddedAuthority(tmp_path / "ca", NOW)
    printed = print_agreement(canonical(live.content()), facts, PrintOptions(date(2026, 11, 23), fonts))
    frozen = certify(printed.pdf, printed.boxes, authority.platform(), authority.trust(NOW), authority.timestamper(), NOW)
    return authority, frozen, fonts


def arguments(authority, pdf, fonts, field="Party1", at=NOW):
    credential = one_time_credential(authority, "李某", "申请人", at)
    return pdf, field, draw_strokes(handwriting()), credential, authority.trust(at), authority.timestamper(), at, fonts


def test_signing_appends(stand):
    authority, frozen, fonts = stand
    signed = sign(*arguments(authority, frozen, fonts))
    assert signed.startswith(frozen)
    assert revision_hash(signed) != revision_hash(frozen)
    field = pypdf.PdfReader(io.BytesIO(signed)).get_fields()["Party1"]
    assert field["/V"]["/M"] == "D:20261123082000Z"


def test_refusals(stand):
    authority, frozen, fonts = stand
    signed = sign(*arguments(authority, frozen, fonts))
    for pdf, field, code in (
        (signed, "Party1", "field_signed"),
        (signed, "Party9", "unknown_field"),
        (b"not a pdf", "Party1", "not_signable"),
    ):
        with pytest.raises(SigningError) as error:
            sign(*arguments(authority, pdf, fonts, field))
        assert error.value.code == code


def test_a_revoked_or_ended_certificate_cannot_sign(stand):
    authority, frozen, fonts = stand
    call = list(arguments(authority, frozen, fonts))
    call[6] = NOW + timedelta(days=5 * 365)
    with pytest.raises(SigningError) as error:
        sign(*call)
    assert error.value.code == "cannot_sign"


def test_arguments_pass_into_another_process(stand):
    authority, frozen, fonts = stand
    call = arguments(authority, frozen, fonts)
    assert len(pickle.dumps(call[3:6])) < 20_000
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(sign, *call).result(timeout=60).startswith(frozen)
