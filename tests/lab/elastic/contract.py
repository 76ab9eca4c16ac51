"""The vendor's specification, where it lies beside the checkout: the repository keeps no copy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from lab.serve.contract import Contract, load_contract

SPECIFICATION: Final = (
    Path(__file__).parents[3].parent / "shared" / "specs" / "elastic" / "elasticsearch.subset.openapi.json"
)

# Short forms that the vendor's TypeScript names (shortcut_property) and its OpenAPI leaves out.
SHORTHANDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "_global.search._types.SourceFilter": {"type": "array", "items": {"type": "string"}},
    "_types.query_dsl.FieldAndFormat": {"type": "string"},
    "_types.query_dsl.PrefixQuery": {"type": "string"},
    "_types.query_dsl.TermQuery": {},
    "_types.query_dsl.WildcardQuery": {"type": "string"},
}


@cache
def vendor_contract() -> Contract | None:
    """Return the contract every exchange is held to, None where the specification is not at hand."""
    if not SPECIFICATION.is_file():
        return None
    return load_contract(SPECIFICATION, shorthands=SHORTHANDS, cutting=["filter_path"])
