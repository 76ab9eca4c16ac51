"""KV store collections: storage/collections/config, in nobody's namespace only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.splunk.call import TRUE, Call
from lab.splunk.errors import Failed, unsupported
from lab.splunk.knowledge import NOBODY, Kept
from lab.splunk.objects import Kind, clash

# As a real 10.6 server shows one (seen); only `disabled` is a truth there, the rest is text.
DEFAULTS: Final[Mapping[str, str]] = {
    "enforceTypes": "false", "profilingEnabled": "false", "profilingThresholdMs": "1000", "replicate": "false",
    "replication_dump_maximum_file_size": "10240", "replication_dump_strategy": "auto", "type": "undefined",
}  # fmt: skip


def _taken(call: Call, given: Mapping[str, str]) -> dict[str, str]:
    if call.namespace.owner != NOBODY:  # words (mem)
        raise Failed(
            400,
            f"Must use user context of 'nobody' when interacting with collections (used user='{call.namespace.owner}')",
        )
    families = ("field.", "accelerated_fields.")
    if unknown := [name for name in given if name not in {"disabled", *DEFAULTS} and not name.startswith(families)]:
        raise unsupported(*unknown)
    return dict(given)


def _shown(call: Call, one: Kept) -> dict[str, Any]:  # noqa: ARG001 (a kind's signature)
    off = one.values.get("disabled", "0").lower() in TRUE
    return {**DEFAULTS, **one.values, "disabled": off}


COLLECTIONS: Final = Kind("storage/collections/config", "collections", "collections-conf", (), _taken, _shown, clash)
