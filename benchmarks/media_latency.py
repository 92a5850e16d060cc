"""What the engine adds to a packet's way: from the publisher's send to the arrival in the viewer's socket, as the kernel noted it.

The sender's stamp lies in the encrypted payload; one packet in `EVERY` is decrypted for it. The kernel's own time of arrival keeps out how long
the packet then waits for this process, which sends and receives for everybody and is the busier of the two.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time

from benchmarks.load import LoadPeer

EVERY = 4
_SO_TIMESTAMPNS = 35
"""<asm-generic/socket.h>; Python does not name it."""
_TIME = struct.Struct("@ll")
_STAMP = struct.Struct("!d")
_MAX_BURST = 64


class TimedPeer(LoadPeer):
    """`delays` in milliseconds, since they were last cleared. Its publishers must send stamps."""

    def __init__(self, *, address: str = "127.0.0.1") -> None:
        super().__init__(address=address)
        self.delays: list[float] = []
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    async def _open(self) -> None:
        # A socket of our own: event loops do not hand out what comes beside the data.
        self._sendto = self._socket.sendto
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    async def close(self) -> None:
        for task in (*self._tasks, *self._playing):
            task.cancel()
        await self._secure.close()
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        for _ in range(_MAX_BURST):
            try:
                data, beside, _, address = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            self.datagram_received(data, address)
            media = data[0] >= 128 and not 192 <= data[1] <= 223
            if media and data[3] % EVERY == 0:
                seconds, nanoseconds = _TIME.unpack(beside[0][2])
                (sent,) = _STAMP.unpack(self._secure.unprotect(data)[-8:])
                self.delays.append((seconds + nanoseconds * 1e-9 - sent) * 1000)


async def watch_itself(seconds: float) -> tuple[float, float]:
    """(share of a core that this process used, longest time that its loop was late in ms) during so many seconds."""
    began, used, late = time.monotonic(), time.process_time(), 0.0
    while (now := time.monotonic()) < began + seconds:
        await asyncio.sleep(0.01)
        late = max(late, time.monotonic() - now - 0.01)
    return (time.process_time() - used) / seconds, late * 1000
