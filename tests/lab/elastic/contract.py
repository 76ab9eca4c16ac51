"""The vendor's specification, where it lies beside the checkout: the repository keeps no copy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from lab.serve.contract import Contract, load_contract

SPECIFICATION: Final = (
    Path(__file__).parents[3].parent / "shared" / "specs" / "elastic" / "elasticsearch.subset.openapi.json"
)


@cache
def vendor_contract() -> Contract | None:
    """Return the contract every exchange is held to, None where the specification is not at hand."""
    return load_contract(SPECIFICATION) if SPECIFICATION.is_file() else None
