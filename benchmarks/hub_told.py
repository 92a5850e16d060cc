"""How the benchmark speaks with a server process: JSON lines on its standard input and output.

The server says {"port"}; then each line {"messages": n, "pause": seconds, …} is answered, after n messages were published, with
{"began": CPU seconds of the process before the first of them, "rss": bytes, "at": when each was published (monotonic seconds), …}. What a round
took is the difference of two `began`: the second is asked for when everything has arrived, since a server may still be writing when its
publishing returns. An empty line or the end of the input, as
when the benchmark was killed, ends the server.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil

IDLE_ENDS = 240.0

Publisher = Callable[[dict[str, Any]], Callable[[int], Any]]
"""Gets what was asked and gives what publishes message n, prepared before the clock runs."""


async def answer(port: int, prepare: Publisher, extra: Callable[[], dict[str, Any]]) -> None:
    """Answer until told to end. `extra` adds to each answer."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(json.dumps({"port": port}), flush=True)
    while (line := await asyncio.wait_for(lines.readline(), IDLE_ENDS)).strip():
        asked = json.loads(line)
        publish, at = prepare(asked), []
        if asked["messages"]:
            gc.collect()
        began = cpu()
        for number in range(asked["messages"]):
            at.append(time.monotonic())
            waiting = publish(number)
            if inspect.isawaitable(waiting):
                await waiting
            await asyncio.sleep(asked["pause"])
        said = {"began": began, "rss": psutil.Process().memory_info().rss, "at": at, **extra()}
        print(json.dumps(said), flush=True)


def cpu() -> float:
    """Seconds of this process so far, in its own code and in the kernel."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
