"""What a websocket needs after its handshake, and no more: a parser of frames, and stand-ins for what uvicorn keeps for ASGI."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol as FrameProtocol
from websockets.protocol import Side, State


class Nowhere(asyncio.Queue[Any]):
    """Stands for uvicorn's queue of ASGI events, of which the hub's path has none: one for all, instead of 3 KiB for each."""

    def put_nowait(self, item: Any) -> None:
        return None


NOWHERE, ALWAYS = Nowhere(), asyncio.Event()


class Frames(FrameProtocol):
    """What is read once the handshake is over: not by the handshake's parser, which holds on to the request.

    `came` is called after every frame, so that whatever answers it is written before what the next frame in the same packet brings: else
    a close would overtake the message before it, and a good message would be lost to a bad one behind it.
    """

    def __init__(self, came: Callable[[], None], limit: int | None, logger: logging.Logger) -> None:
        self._came = came
        super().__init__(Side.SERVER, state=State.OPEN, max_size=limit, logger=logger)

    def recv_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None  # it may come between the fragments of a message (RFC 6455, 5.4) and ends that one too
        super().recv_frame(frame)
        self._came()
