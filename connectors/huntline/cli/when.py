"""Moments as people give them on a command line, always UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import click


class Moment(click.ParamType[datetime]):
    """A UTC day (2022-12-01, its midnight) or an ISO moment with a zone (2023-03-29T12:00:00Z)."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither a day like 2022-12-01 nor a moment like 2023-03-29T12:00:00Z", param, ctx)
        if moment.tzinfo is None:
            if len(text) > len("2022-12-01"):
                self.fail(f"{text!r} has no time zone: add Z for UTC", param, ctx)
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


def last_full_hour() -> datetime:
    """Return now, floored to the hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
