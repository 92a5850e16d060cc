"""Answers to players, which ask for ranges of bytes (RFC 9110 section 14): what is asked for is decrypted, and no more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cases.errors import OutOfRange
from web.byte_ranges import part_of
from web.request import refused

MAX_BYTES = 2 << 20
"""Of one answer to a player, which asks for what follows."""


async def ranged(request: Request, size: int, media_type: str, pieces: Callable[[int, int], AsyncGenerator[bytes, None]]) -> Response:
    """`pieces` of the file of `size` bytes, from and up to. Raises what the first of them raises."""
    # There is nothing that a condition on the range could be compared with (RFC 9110 section 13.1.5).
    wanted = "" if "If-Range" in request.headers else request.headers.get("Range", "")
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
    try:
        part = part_of(wanted, size)
    except OutOfRange as error:
        answer = await refused(request, error)
        answer.headers.update(headers | {"Content-Range": f"bytes */{size}"})
        return answer
    start, end = (part.start, part.end) if part is not None else (0, size)
    if part is not None and part.open:
        end = min(end, start + MAX_BYTES)
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    body, status = pieces(start, end), 206 if part is not None else 200
    first = await anext(body, b"")
    if request.method == "HEAD":
        await body.aclose()
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_after(first, body), status, headers, media_type)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
