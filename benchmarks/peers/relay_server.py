"""aiortc's `MediaRelay` as its documentation shows it: one publisher's tracks, relayed to each viewer through a connection of its own.

JSON lines: {"what": "publish" or "watch", "sdp": offer} is answered with {"sdp": answer}; the end of the input ends the process.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay


async def serve() -> None:
    lines = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    relay, tracks, connections = MediaRelay(), [], []

    def published(track: MediaStreamTrack) -> None:
        tracks.append(track)

    while line := await lines.readline():
        asked = json.loads(line)
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        if asked["what"] == "publish":
            connection.on("track", published)
        else:
            for track in tracks:
                # Buffered frames would only pile up: a viewer wants the newest.
                connection.addTrack(relay.subscribe(track, buffered=False))
        await connection.setRemoteDescription(RTCSessionDescription(asked["sdp"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        print(json.dumps({"sdp": connection.localDescription.sdp}), flush=True)
    await asyncio.gather(*(c.close() for c in connections))


if __name__ == "__main__":
    asyncio.run(serve())
