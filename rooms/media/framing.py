"""MessagePack maps out of a byte stream, for both ends of the control socket. Pure."""

from __future__ import annotations

from typing import Any

import msgpack

from rooms.media.protocol import MAX_MESSAGE


class FramingError(ValueError):
    """The stream is no sequence of maps of bounded size. It cannot be resumed."""


class Framer:
    """`feed` what was read; maps come out whole and in order."""

    def __init__(self) -> None:
        self._unpacker = msgpack.Unpacker(max_buffer_size=2 * MAX_MESSAGE, strict_map_key=True, raw=False)
        self._since_whole = 0

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The maps that are complete now. Raises `FramingError`."""
        self._since_whole += len(data)
        messages: list[dict[str, Any]] = []
        try:
            self._unpacker.feed(data)
            for message in self._unpacker:
                if not isinstance(message, dict):
                    raise FramingError("a message that is no map")
                messages.append(message)
        except (ValueError, TypeError, msgpack.exceptions.BufferFull, msgpack.exceptions.UnpackException) as error:
            raise FramingError(str(error) or type(error).__name__) from None
        if messages:
            self._since_whole = 0
        if self._since_whole > MAX_MESSAGE:
            raise FramingError(f"a message longer than {MAX_MESSAGE} bytes")
        return messages
