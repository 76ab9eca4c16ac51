"""What deploying to a tenant works with: its platform's connection, and the pack as it is narrowed for the tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from huntline.detections.narrow import Blocked
from huntline.model.deployed import Deployed
from huntline.model.pack import Detection, Pack
from huntline.model.plan import Change
from huntline.model.scope import Scope
from huntline.model.tenant import Tenant
from huntline.ports import Deployer, Renderer
from huntline.remote import PATIENT, Patience


@dataclass(frozen=True, slots=True)
class Target:
    """A tenant's platform as it is written to; nothing of it compiles."""

    tenant: Tenant
    deployer: Deployer
    patience: Patience = PATIENT


@dataclass(frozen=True, slots=True)
class Means:
    """`detections` are the pack's, filtered for the tenant; those `blocked` among them are not deployed."""

    target: Target
    pack: Pack
    detections: tuple[Detection, ...]
    blocked: tuple[Blocked, ...]
    scopes: tuple[Scope, ...]
    renderer: Renderer
    warnings: tuple[str, ...] = ()
    limits: Callable[[Sequence[Deployed], Sequence[Change]], Sequence[str]] | None = None  # see ports.Platform
