"""Picture beside sound, and people beside each other, after half an hour of clocks that drift apart: simulated time, real recorder and film."""

from __future__ import annotations

from benchmarks.figures import Figure, figure
from rehearsal.recorded import people_beside_each_other, picture_beside_sound

SECONDS, PPM = 1800.0, 200.0


async def av_offset(seconds: float = SECONDS, ppm: float = PPM) -> list[Figure]:
    """The largest offset of the recording's end, without its sign; a sample for each flash."""
    apart = await picture_beside_sound(seconds, ppm)
    return [figure("recording.av_offset", "ms", [abs(1000 * one) for one in apart], goal=40.0, digits=0, quantile=1.0)]


async def skew(seconds: float = SECONDS, ppm: float = PPM) -> list[Figure]:
    """The same for two people in the film, whose pictures change every 67 ms."""
    apart = await people_beside_each_other(seconds, ppm)
    return [figure("recording.skew", "ms", [abs(1000 * one) for one in apart], goal=80.0, digits=0, quantile=1.0)]
