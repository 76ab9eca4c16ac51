"""Asset files: which host had which address, and when, as CSV or as one JSON object a line."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from huntline.documents import first_error
from huntline.errors import ConfigError
from huntline.model.lease import Lease
from huntline.model.window import Window

START, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ADVICE = "see docs/reference/tenants.md"


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # what exports of DHCP servers hold beside

    address: str
    host: str = Field(pattern=r"\S")
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = None
    customer: str = ""

    @field_validator("since", "until", mode="before")
    @classmethod
    def _empty_is_open(cls, value: object) -> object:
        return None if value is None or (isinstance(value, str) and not value.strip()) else value

    @field_validator("since", "until")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        try:
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("is no time between the years 1 and 9999 in UTC") from error

    @field_validator("address")
    @classmethod
    def _one_spelling(cls, value: str) -> str:
        address = ip_address(value.strip())
        return str(getattr(address, "ipv4_mapped", None) or address)

    @field_validator("host")
    @classmethod
    def _a_name(cls, value: str) -> str:
        try:
            ip_address(value.strip())
        except ValueError:
            return value.strip()
        raise ValueError("is an address; a host has a name")


def load_assets(path: Path, *, customers: Sequence[str]) -> Mapping[str, tuple[Lease, ...]]:
    """Return the leases of each customer, in the order of the file. Rows of customers that are not asked for are left out.

    A row without a customer is of the only one there is. `from` is inclusive, `until` exclusive; a time without zone is
    UTC, an empty one is open. Raises ConfigError with file, line and key.
    """
    found: dict[str, list[Lease]] = defaultdict(list)
    for line, data in _rows(path):
        try:
            row = _Row.model_validate(data)
            window = Window(row.since or START, row.until or END)
        except ValidationError as error:
            place, words = first_error(error.errors())
            raise _wrong(path, line, ".".join(map(str, place)), words) from error
        except ValueError as error:
            raise _wrong(path, line, "until", str(error)) from error
        if not row.customer and len(customers) > 1:
            advice = f"add a column customer, or name one with --customer: {', '.join(customers)}"
            raise ConfigError("says of no row whose it is", file=str(path), line=line, key="customer", advice=advice)
        owner = row.customer or customers[0]
        if owner in customers:
            found[owner].append(Lease(row.address, row.host, window))
    return {owner: tuple(leases) for owner, leases in found.items()}


def _rows(path: Path) -> Iterator[tuple[int, object]]:
    """Yield (1-based line, row); a file whose first character is a brace holds JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "is no UTF-8 text"
        raise _wrong(path, 0, "", f"cannot be read: {problem}") from error
    if text.lstrip()[:1] == "{":
        yield from _json_rows(path, text)
        return
    table = csv.DictReader(text.splitlines(), strict=True)
    try:
        missing = sorted({"address", "host", "from", "until"} - set(table.fieldnames or ()))
        if missing:
            raise _wrong(path, 1, missing[0], "the header line has no such column")
        for row in table:
            if None in row or None in row.values():
                raise _wrong(path, table.line_num, "", "has not as many values as the header line has columns")
            yield table.line_num, row
    except csv.Error as error:
        raise _wrong(path, table.reader.line_num, "", str(error)) from error


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _wrong(path, number, "", "is no JSON object on one line") from error


def _wrong(path: Path, line: int, key: str, problem: str) -> ConfigError:
    return ConfigError(problem, file=str(path), line=line, key=key, advice=ADVICE)
