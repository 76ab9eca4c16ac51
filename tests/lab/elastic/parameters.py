"""The parameters of each endpoint, their types and defaults: what is not in the table is refused, as Elasticsearch does.

Rows are written from the endpoint's parameters in specs/elastic (defaults there, [E1]) and 2.3 of platforms.md. `...`
marks what the platform knows and the lab does not run, Only what it runs with one value: sending another is a defect of
the lab, not an answer. What has no effect on a cluster of one node is taken and passed over.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.elastic.dates import span
from lab.elastic.errors import Failed, Unbuilt, illegal


@dataclass(frozen=True, slots=True)
class Only:
    """A parameter the lab knows with this value alone."""

    value: Any


EVERYWHERE = {"filter_path": "", "pretty": False, "human": False, "error_trace": False, "flat_settings": False}
TARGETS = {"allow_no_indices": True, "expand_wildcards": "open", "ignore_unavailable": False}
_SEARCH = TARGETS | {
    "allow_partial_search_results": True,
    "batched_reduce_size": 0,
    "ccs_minimize_roundtrips": True,
    "from": 0,
    "ignore_throttled": True,
    "max_concurrent_shard_requests": 5,
    "pre_filter_shard_size": 128,
    "preference": "",
    "request_cache": False,
    "rest_total_hits_as_int": Only(False),
    "search_type": "query_then_fetch",
    "size": None,
    "sort": None,
    "_source": None,
    "terminate_after": Only(0),
    "timeout": None,
    "track_total_hits": None,
    "typed_keys": Only(False),
    "version": Only(False),
    **dict.fromkeys(("q", "scroll", "routing", "df", "docvalue_fields", "explain", "stored_fields"), ...),
}
TABLE: Mapping[str, Mapping[str, Any]] = {
    "eql": TARGETS
    | {
        "ignore_unavailable": True,
        "allow_partial_search_results": None,
        "allow_partial_sequence_results": False,
        "ccs_minimize_roundtrips": True,
        "keep_alive": "5d",
        "keep_on_completion": False,
        "wait_for_completion_timeout": None,
    },
    "eql_get": {"keep_alive": "5d", "wait_for_completion_timeout": None},
    "eql_status": {},
    "search": _SEARCH,
    "async": _SEARCH
    | {
        "wait_for_completion_timeout": "1s",
        "keep_alive": "5d",
        "keep_on_completion": False,
        "ccs_minimize_roundtrips": False,
    },
    "async_get": {"keep_alive": "5d", "wait_for_completion_timeout": None, "typed_keys": Only(False)},
    "async_status": {"keep_alive": "5d"},
    "pit": TARGETS
    | {"keep_alive": None, "allow_partial_search_results": False, "preference": "", "max_concurrent_shard_requests": 5},
    "count": TARGETS | {"ignore_throttled": True, "terminate_after": Only(0), "preference": "", "q": ...},
    "field_caps": TARGETS
    | {"fields": "", "include_unmapped": False, "include_empty_fields": Only(True), "filters": ..., "types": ...},
    "resolve": TARGETS | {"mode": ...},
    "data_stream": {
        "expand_wildcards": "open",
        "include_defaults": Only(False),
        "master_timeout": "30s",
        "verbose": Only(False),
    },
    "ilm": {"only_managed": Only(False), "only_errors": Only(False), "master_timeout": "30s"},
    "index_settings": TARGETS | {"include_defaults": False, "local": False, "master_timeout": "30s"},
    "mapping": TARGETS | {"local": False, "master_timeout": "30s"},
    "settings": {"include_defaults": False, "master_timeout": "30s", "timeout": "30s"},
    "license": {"accept_enterprise": True, "local": True},
    "bulk": {"refresh": False},
    "api_key": {"id": "", "owner": False},
    "none": {},
}
DURATIONS = frozenset({"keep_alive", "wait_for_completion_timeout", "timeout"})


def parameters(endpoint: str, given: Mapping[str, str], path: str) -> dict[str, Any]:
    """Return every parameter of an endpoint, given or by default; durations in milliseconds."""
    known = {**EVERYWHERE, **TABLE[endpoint]}
    if unknown := sorted(set(given) - set(known)):
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f" -> did you mean [{near[0]}]?" if near else ""
        raise illegal(f"request [{path}] contains unrecognized parameter: [{unknown[0]}]{hint}")
    return {name: _read(name, given.get(name), default) for name, default in known.items()}


def _read(name: str, text: str | None, default: Any) -> Any:
    if isinstance(default, Only):
        found = _typed(name, text, default.value)
        if found != default.value:
            raise Unbuilt(f"the parameter [{name}] as [{text}]")
        return found
    if default is ...:
        if text is not None:
            raise Unbuilt(f"the parameter [{name}]")
        return None
    return _typed(name, text, default)


def _typed(name: str, text: str | None, default: Any) -> Any:
    if text is None:
        return span(default) if name in DURATIONS and default is not None else default
    if name in DURATIONS:
        return span(text)
    if isinstance(default, bool) or name == "allow_partial_search_results":
        return _truth(text)
    if isinstance(default, int) or name == "size":
        return _number(name, text)
    return text


def _truth(text: str) -> bool:
    if text not in {"true", "false", ""}:
        raise illegal(f"Failed to parse value [{text}] as only [true] or [false] are allowed.")
    return text != "false"


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Failed(
            400, "illegal_argument_exception", f"Failed to parse int parameter [{name}] with value [{text}]"
        ) from None
