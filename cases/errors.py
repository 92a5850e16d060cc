"""Refusals that a person can act on.

    Refusal                 an answer, not a failure: says what is wrong, where, and what to do
    ├── NotSigned           whoever asks has not proved to be whom it says (401)
    ├── NotAllowed          this person may not do this here (403)
    ├── NotFound            there is no such thing, or it must not be known that there is (404)
    ├── OutOfTurn           the thing is in a stage in which this cannot be done (409)
    ├── Conflict            somebody else was faster, or the page is stale (409)
    ├── Invalid             the input is wrong; `detail["field"]` names where (422)
    ├── OutOfRange              a part was asked for that lies behind the end (416)
    ├── TooMuch             a limit of size, rate, time or count (429)
    ├── OutOfOrder          whoever looks after the server has to mend something first (503)
    └── Unavailable         something that we need is away for the moment (503)

`code` is stable and is what the client translates into a sentence; `message` is the English sentence for logs and for clients without a
catalogue. `retry` says whether the same request may succeed later without being changed.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    status = 400
    retry = False

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail

    def __reduce__(self) -> tuple[Any, ...]:
        """Refusals cross from worker processes to the server."""
        return _rebuild, (type(self), self.code, self.message, self.detail)


def _rebuild(kind: type[Refusal], code: str, message: str, detail: dict[str, Any]) -> Refusal:
    return kind(code, message, **detail)


class NotSigned(Refusal):
    status = 401


class NotAllowed(Refusal):
    status = 403


class NotFound(Refusal):
    status = 404


class OutOfTurn(Refusal):
    status = 409


class Conflict(Refusal):
    status = 409


class Invalid(Refusal):
    status = 422


class OutOfRange(Refusal):
    status = 416


class TooMuch(Refusal):
    status = 429
    retry = True


class OutOfOrder(Refusal):
    """Nothing is lost, and trying again does not help: whoever looks after the server has to."""

    status = 503


class Unavailable(Refusal):
    status = 503
    retry = True
