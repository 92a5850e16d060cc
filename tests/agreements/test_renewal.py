"""A document timestamp put over the former one before that ends, and until when a file is stamped."""

from __future__ import annotations

import pytest

from agreements.renewal import renew, stamped_until
from agreements.signing import SigningError
from evidence.manifest import signers_of
from evidence.pdf_check import check_agreement
from evidence.verifier import read_pdf_signatures
from tests.evidence.conftest import NOW, finished  # noqa: F401 (a fixture)
from tests.evidence.renewed import IN_TIME, TOO_LATE, YEAR, authority_at, renewed


def test_a_renewed_agreement_holds_and_lasts_longer(finished) -> None:  # noqa: F811
    assert stamped_until(finished.pdf) == NOW + 15 * YEAR
    pdf = renewed(finished, 2)
    assert pdf.startswith(finished.pdf), "nothing of the file is written anew"
    assert stamped_until(pdf) > stamped_until(finished.pdf) + 3 * YEAR
    assert [signature.is_timestamp for signature in read_pdf_signatures(pdf)][-3:] == [True] * 3
    assert signers_of(pdf) == signers_of(finished.pdf), "stamps are nobody's signatures"
    checks, holds = check_agreement(pdf, roots=[finished.authority.trust(NOW).root], expected=signers_of(pdf))
    assert holds, [check for check in checks if check.status == "fail"]


def test_what_has_ended_cannot_be_renewed(finished) -> None:  # noqa: F811
    authority = authority_at(finished, TOO_LATE)
    with pytest.raises(SigningError, match="former timestamp"):
        renew(finished.pdf, authority.trust(TOO_LATE), authority.timestamper(), TOO_LATE)


@pytest.mark.parametrize("revision", [0, 3])
def test_what_was_never_stamped_cannot_be_renewed(finished, revision: int) -> None:  # noqa: F811
    pdf = finished.revisions[revision]
    with pytest.raises(SigningError, match="no document timestamp"):
        stamped_until(pdf)
    with pytest.raises(SigningError, match="no document timestamp"):
        renew(pdf, finished.authority.trust(NOW), finished.authority.timestamper(), NOW)


def test_the_embedded_service_gets_another_certificate_in_time_and_never_loses_the_former(finished) -> None:  # noqa: F811
    early, later = authority_at(finished, NOW + YEAR), authority_at(finished, IN_TIME)
    assert len(early.trust(NOW).others) == 2 and len(later.trust(IN_TIME).others) == 3
    later.timestamper(IN_TIME)
    assert len(later.trust(IN_TIME).others) == 3, "one is enough"
    later.timestamper(NOW + 19 * YEAR)
    assert len(later.trust(IN_TIME).others) == 3, "none lasts longer than the root"
