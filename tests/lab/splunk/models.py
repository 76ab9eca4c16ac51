"""The data models: which events belong to a dataset, and what it shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lab.spl import Row, SplError
from lab.splunk.events import Event, Shown, Values

# Splunk_SA_CIM's models, as far as a source asks for them, and the tag that makes a child's events of its parent's.
DATASETS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Endpoint": {"Processes": ("Processes", ""), "Filesystem": ("Filesystem", ""), "Registry": ("Registry", "")},
    "Network_Traffic": {"All_Traffic": ("All_Traffic", "")},
    "Network_Resolution": {"DNS": ("DNS", "")},
    "Web": {"Web": ("Web", ""), "Proxy": ("Web", "proxy"), "Storage": ("Web", "storage")},
}
# What the models' calculated fields write where a value is missing (Splunk_SA_CIM, Endpoint.json and Web.json).
UNKNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "Processes": ("process", "parent_process", "original_file_name", "action"),
    "Filesystem": ("file_path", "action"),
    "Registry": ("registry_path", "action"),
    "Web": ("url", "http_user_agent", "http_method", "http_referrer", "status", "dest"),
}


def rows(events: Iterable[Event], model: str, dataset: str | None) -> Iterator[Row]:
    """Yield the events of a dataset as it shows them; without one the model's first. Raises SplError for none."""
    known = DATASETS.get(model)
    name = dataset or next(iter(known or ("",)))
    if known is None or name not in known:
        raise SplError(f"Data model '{model}.{name}' was not found.", 0)
    root, tag = known[name]
    return _rows(events, f"{model}.{root}", tag)


def _rows(events: Iterable[Event], root: str, tag: str) -> Iterator[Row]:
    for event in events:
        fields = event.made.models.get(root)
        if fields is not None and (not tag or tag in fields.get("tag", ())):
            yield Shown(event, fields)


def completed(root: str, fields: Values) -> Values:
    """Fill what the model's calculated fields fill."""
    missing = {name: "unknown" for name in UNKNOWN.get(root.partition(".")[2], ()) if name not in fields}
    return {**fields, **missing}
