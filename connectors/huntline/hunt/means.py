"""What a hunt works with: a tenant's compiled pack and its connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huntline.hunt.budget import Allowance
from huntline.model.pack import Pack
from huntline.model.query import Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.model.tenant import Tenant
from huntline.ports import Compiler, Hunter
from huntline.remote import PATIENT, Patience


@dataclass(frozen=True, slots=True)
class Means:
    tenant: Tenant
    pack: Pack
    scopes: tuple[Scope, ...]
    queries: tuple[Query, ...]
    refused: tuple[Refused, ...]
    binding: Mapping[str, Binding]
    compiler: Compiler
    hunter: Hunter
    rows: int
    warnings: tuple[str, ...]
    patience: Patience = PATIENT
    allowance: Allowance | None = None  # None: nothing that costs is searched
