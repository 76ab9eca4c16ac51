"""Columns and types of the Sentinel sources are those of the vendor's tables, as pySigma's package lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from sigma.pipelines.azuremonitor.tables import AZURE_MONITOR_TABLES
from sigma.pipelines.microsoftxdr.tables import MICROSOFT_XDR_TABLES
from sigma.pipelines.sentinelasim.tables import SENTINEL_ASIM_COMMON_FIELDS, SENTINEL_ASIM_TABLES

from huntline.translate.compiler import SourceCompiler
from huntline_sentinel.plugin import PLATFORM

COMPILER = cast(SourceCompiler, PLATFORM.compiler({}))
TABLES = {name: one.native("table") for name, one in COMPILER.bounds.items()}
NATIVE = [name for name, table in TABLES.items() if not table.endswith("()")]
XDR = [name for name in NATIVE if TABLES[name] in MICROSOFT_XDR_TABLES]
PARSERS = {
    "asim-dns": ("_Im_Dns",),
    "asim-network": ("imNetworkSession",),
    "asim-web": ("imWebSession", "imNetworkSession"),  # a web session is a network session with more to tell
}
"""Scope of an ASIM function -> the schemas whose fields it gives."""

ELSEWHERE = {"TimeGenerated": "datetime", "AdditionalFields": "dynamic"}
"""Where advanced hunting differs: a workspace adds its own clock, and keeps this column as what it parses to."""

LOGICAL = {
    "integer": "int",
    **dict.fromkeys(("enumerated", "ip address", "hostname", "fqdn", "username", "url", "domain"), "string"),
}
"""ASIM's logical types -> how a column holds them (Microsoft Learn, "ASIM schemas", logical types)."""


@pytest.mark.parametrize("name", NATIVE)
def test_every_stored_column_is_one_of_the_workspace(name: str) -> None:
    """A column that is not there fails the whole query, and one of another type compares wrongly."""
    vendor = _kinds(AZURE_MONITOR_TABLES.get(TABLES[name], {}))

    assert {} == _strangers(name, vendor)


@pytest.mark.parametrize("name", XDR)
def test_advanced_hunting_knows_the_same_columns(name: str) -> None:
    """The portal hunts these tables under their own reference: the two lists vouch for each other."""
    vendor = _kinds(MICROSOFT_XDR_TABLES[TABLES[name]])

    assert {} == _strangers(name, {**vendor, **ELSEWHERE})


def test_what_differs_in_advanced_hunting_does_so() -> None:
    """An exception that is none any more would hide the next one."""
    needed = {field for name in XDR for field in _strangers(name, _kinds(MICROSOFT_XDR_TABLES[TABLES[name]]))}

    assert set(ELSEWHERE) == needed


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_gives_the_fields_of_its_schema(name: str) -> None:
    """A function has no columns to look up: its schema is its word."""
    schemas = [SENTINEL_ASIM_COMMON_FIELDS["COMMON"], *(SENTINEL_ASIM_TABLES[one] for one in PARSERS[name])]
    vendor = {field: LOGICAL.get(kind, kind) for one in schemas for field, kind in _kinds(one).items()}

    assert {} == _strangers(name, {**vendor, "TimeGenerated": "datetime"})


def test_every_scope_is_held_against_a_list() -> None:
    """A table of another kind would not be checked at all."""
    assert set(TABLES) == {*NATIVE, *PARSERS}


def _strangers(name: str, vendor: Mapping[str, str]) -> Mapping[str, tuple[str, str | None]]:
    """Return the stored columns that are not the vendor's: our type and theirs."""
    store = COMPILER.bounds[name].store
    stored = {field: kind for field, kind in store.fields.items() if "*" not in field}
    return {
        field: (kind, vendor.get(field))
        for field, kind in stored.items()
        if not store.expression_of(field) and vendor.get(field) != kind
    }


def _kinds(table: Mapping[str, Any]) -> Mapping[str, str]:
    return {column: told["data_type"].lower() for column, told in table.items()}
