"""Made-up events at chosen moments, as many as a law needs: they share their fields, so they cost little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab.splunk.events import Made, Values

LATENCY = 3  # seconds from an event to its arrival


def plant(moments: Iterable[int], fields: Values, *, raw: str = "planted", latency: int = LATENCY) -> Iterator[Made]:
    """Make an event for each moment (milliseconds since 1970), all with the same fields; host, source and sourcetype are needed.

    The text of each has its number behind, so that no two are the same.
    """
    for turn, at in enumerate(moments):
        yield Made(at / 1000, at // 1000 + latency, fields, f"{raw} n={turn}")
