"""Logging in to a PKCS#11 token (PKCS#11 v3.0, 5.6): the one way in, for keys that sign and keys that wrap.

A module knows the tokens that were there when it was initialised, and a session dies with its token: what failed is opened in a module that is
initialised anew. A PIN that was refused is not sent again, since tokens lock themselves after a few.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any


class PinNotTaken(Exception):
    """The token does not take the PIN, or it cannot be read; the message is a clause that names the token."""


class Door:
    """`module`: path of the PKCS#11 library; `label` names the token; `pin` reads the user's PIN, anew for every login; `forget` drops whatever
    sessions the module has, before it is initialised anew. For one thread at a time."""

    def __init__(self, module: str, label: str, pin: Callable[[], str], forget: Callable[[], None] = lambda: None) -> None:
        self._module, self._label, self._pin, self._forget = module, label, pin, forget
        self._refused: set[str] = set()
        self.stale = False
        """Something failed in the last session."""

    def open(self, write: bool) -> Any:
        """A session that is logged in. Raises `PinNotTaken`, and `pkcs11.PKCS11Error` for a token that is away."""
        import pkcs11

        pin = self._read()
        library = pkcs11.lib(self._module)
        if self.stale:
            self._forget()
            library.reinitialize()
            self.stale = False
        try:
            token = library.get_token(token_label=self._label)
        except pkcs11.NoSuchToken:
            library.reinitialize()
            token = library.get_token(token_label=self._label)
        try:
            return token.open(rw=write, user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked, pkcs11.PinExpired) as error:
            self._refused.add(pin)
            raise PinNotTaken(
                f"the PKCS#11 token {self._label} does not take the PIN ({type(error).__name__}); it is not tried again"
            ) from None

    def _read(self) -> str:
        try:
            pin = self._pin()
        except (OSError, ValueError) as error:
            raise PinNotTaken(f"the PIN of the PKCS#11 token {self._label} cannot be read: {error}") from None
        if pin in self._refused:
            raise PinNotTaken(f"the PKCS#11 token {self._label} did not take this PIN before; put the right one into the file")
        return pin


def close(session: Any) -> None:
    """Log out. Of a token that is away nothing is left to close."""
    import pkcs11

    with suppress(pkcs11.PKCS11Error):
        session.close()
