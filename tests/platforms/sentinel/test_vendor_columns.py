"""Columns and types of the Sentinel sources are those of the vendor's tables, as pySigma's package lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from sigma.pipelines.azuremonitor.tables import AZURE_MONITOR_TABLES
from sigma.pipelines.microsoftxdr.tables import MICROSOFT_XDR_TABLES

from huntline.translate.compiler import SourceCompiler
from huntline_sentinel.plugin import PLATFORM

TABLES: Mapping[str, Mapping[str, Any]] = {**AZURE_MONITOR_TABLES, **MICROSOFT_XDR_TABLES}
COMPILER = cast(SourceCompiler, PLATFORM.compiler({}))
BOUNDS = {name: one for name, one in COMPILER.bounds.items() if one.native("table") in TABLES}
# Advanced hunting's lists: a workspace adds its own clock, and keeps this one as dynamic.
ELSEWHERE = {"TimeGenerated": "datetime", "AdditionalFields": "dynamic"}


@pytest.mark.parametrize("name", BOUNDS)
def test_every_stored_column_is_the_vendors(name: str) -> None:
    """A column that is not there fails the whole query, and one of another type compares wrongly."""
    bound = BOUNDS[name]
    vendor = {column: told["data_type"].lower() for column, told in TABLES[bound.native("table")].items()} | ELSEWHERE
    stored = {
        field: kind
        for field, kind in bound.store.fields.items()
        if "*" not in field and bound.store.expression_of(field) is None
    }

    assert {} == {field: kind for field, kind in stored.items() if vendor.get(field) != kind}


def test_every_native_table_is_in_the_lists() -> None:
    """A table that no list knows would not be checked at all."""
    native = {name for name, one in COMPILER.bounds.items() if not one.native("table").endswith(")")}

    assert native == set(BOUNDS)
