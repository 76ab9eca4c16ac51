"""Write indicators as a STIX 2.1 bundle: the same pack gives the same bytes, whenever and wherever it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid5

from huntline.detections.indicators import Indicator, Source
from huntline.detections.manifest import Manifest
from huntline.errors import UserError

_SPACE = UUID("478dd3f2-dc28-47d5-91e5-9e6c774e3c91")
"""Of all ids written here. STIX keeps one namespace to itself, which is another."""
_TYPES = {"block": "malicious-activity", "alert": "malicious-activity", "context": "benign"}
_SURE = {"confirmed": 85, "single-source": 50}  # the middle of STIX's High, and of its Medium


def bundle_of(indicators: Sequence[Indicator], manifest: Manifest) -> tuple[str, tuple[Indicator, ...]]:
    """Return the bundle as JSON, and the indicators left out because a STIX pattern cannot say them.

    Raises UserError when nothing is left, or when the pack names no day from which they could be valid.
    """
    told = {one: _pattern(one) for one in indicators}
    said = [one for one in indicators if told[one]]
    if not said:
        raise UserError("no indicator has a kind that STIX can say", advice="give indicators a kind, or write csv")
    maker = _identity(manifest)
    objects = [maker, *(_indicator(one, told[one], manifest, maker["id"]) for one in said)]
    known = "\n".join(one["id"] for one in objects)
    bundle = {"type": "bundle", "id": _id("bundle", manifest.id, known), "objects": objects}
    return json.dumps(bundle, indent=2, ensure_ascii=False) + "\n", tuple(one for one in indicators if not told[one])


def _identity(manifest: Manifest) -> dict[str, Any]:
    moment = _moment_text(_told(manifest))
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": _id("identity", manifest.id),
        "created": moment,
        "modified": moment,
        "name": f"Huntline pack {manifest.id}",
        "identity_class": "system",
    }


def _indicator(one: Indicator, pattern: str, manifest: Manifest, maker: str) -> dict[str, Any]:
    first = _told(manifest)
    updated = datetime.combine(one.updated, time(), UTC) if one.updated else first
    graded = (("kind", one.kind), ("platform", one.platform), ("confidence", one.confidence), ("advice", one.advice))
    written = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": _id("indicator", manifest.id, one.kind, one.value),
        "created_by_ref": maker,
        "created": _moment_text(first),
        "modified": _moment_text(max(first, updated)),
        "name": one.value,
        "description": one.note,
        "indicator_types": [_TYPES.get(one.advice, "unknown")],
        "pattern": pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": _moment_text(_valid_from(one, manifest)),
        "labels": [f"{key}:{value}" for key, value in graded if value],
        "kill_chain_phases": _phases(one, manifest),
        "external_references": [_reference(name, manifest) for name in one.sources],
        "confidence": _SURE.get(one.confidence),
    }
    return {key: value for key, value in written.items() if value not in (None, "", [])}  # STIX has no empty lists


def _told(manifest: Manifest) -> datetime:
    """Return when the indicators can have been made: not before the first milestone, where the pack names one."""
    return min((milestone.at for milestone in manifest.milestones), default=_first_day(manifest))


def _first_day(manifest: Manifest) -> datetime:
    days = [window.start for stage in manifest.stages for window in stage.windows]
    days += [milestone.at for milestone in manifest.milestones]
    if not days:
        raise UserError("the pack names no day", advice="give its stages windows, or the pack milestones")
    return min(days)


def _valid_from(one: Indicator, manifest: Manifest) -> datetime:
    days = [window.start for stage in manifest.stages if stage.id == one.stage for window in stage.windows]
    return min(days, default=_first_day(manifest))


def _phases(one: Indicator, manifest: Manifest) -> list[dict[str, str]]:
    return [{"kill_chain_name": f"huntline-{manifest.id}", "phase_name": one.stage}] if one.stage else []


def _reference(name: str, manifest: Manifest) -> dict[str, str]:
    """Say who published; beside the name STIX wants an address or a description."""
    source = manifest.sources.get(name, Source(name, name if name.startswith(("https://", "http://")) else ""))
    return {"source_name": source.title, **({"url": source.url} if source.url else {"description": source.title})}


def _id(kind: str, *parts: str) -> str:
    return f"{kind}--{uuid5(_SPACE, json.dumps([kind, *parts]))}"


def _moment_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z").rjust(24, "0")


def _pattern(one: Indicator) -> str:
    write = _PATTERNS.get(one.kind)
    return f"[{write(one.value)}]" if write else ""


def _is(path: str, value: str) -> str:
    return f"{path} = {_quoted(value)}"


def _quoted(value: str) -> str:
    return "'" + re.sub(r"(['\\])", r"\\\1", value) + "'"


def _domain(value: str) -> str:
    """Say the name or a name under it. LIKE would read an underscore of a name as any character."""
    below = _quoted(rf"\.{_plain(value)}$")
    return f"{_is('domain-name:value', value)} OR domain-name:value MATCHES {below}"


def _url(value: str) -> str:
    whole = (value,) if "://" in value else (f"http://{value}", f"https://{value}")
    return " OR ".join(_is("url:value", one) for one in whole)


def _path(value: str) -> str:
    sign = "\\" if "\\" in value else "/"
    folder, _, name = value.rpartition(sign)
    folder = f"{folder}{sign}" if folder.endswith(":") or not folder else folder
    if name == "*":
        below = f"^{_wild(folder)}({_plain(sign)}.*)?$"
        return f"file:parent_directory_ref.path MATCHES {_quoted(below)}"
    return f"{_starred('file:name', name)} AND {_starred('file:parent_directory_ref.path', folder)}"


def _starred(path: str, value: str) -> str:
    return f"{path} MATCHES {_quoted(f'^{_wild(value)}$')}" if "*" in value else _is(path, value)


def _wild(value: str) -> str:
    return ".*".join(_plain(part) for part in value.split("*"))


def _plain(value: str) -> str:
    """Escape what a regular expression would read, and nothing else: engines differ in what they let be escaped."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", value)


_HEADERS = "network-traffic:extensions.'http-request-ext'.request_header"
"""A header's values are a list in 2.1; its tools and examples compare it like one value, and so do we."""


def _header(value: str) -> str:
    name, _, rest = value.partition(": ")
    return _is(f"{_HEADERS}.{_quoted(name.title())}", rest)


def _cookie(value: str) -> str:
    begun = _quoted(f"(^|; ?){_plain(value)}")
    return f"{_HEADERS}.'Cookie' MATCHES {begun}"


_PATTERNS: Mapping[str, Callable[[str], str]] = {
    "domain": _domain,
    "url": _url,
    "ipv4": lambda value: _is("ipv4-addr:value", value),
    "sha256": lambda value: _is("file:hashes.'SHA-256'", value),
    "sha1": lambda value: _is("file:hashes.'SHA-1'", value),
    "md5": lambda value: _is("file:hashes.MD5", value),
    "path": _path,
    "file-name": lambda value: _is("file:name", value),
    "user-agent": lambda value: _is(f"{_HEADERS}.'User-Agent'", value),
    "cookie": _cookie,
    "header": _header,
}
