"""One name per machine: spellings of a host joined where they can only mean the same one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from huntline.model.case import Hit


def host_names(logged: Iterable[str]) -> Mapping[str, str]:
    """Map each host as logged to the name it is told by.

    Case never matters. A short name joins the full name of the same first label, unless several full names share it:
    then nobody can say which of them is meant, and it stands alone.

    >>> sorted(host_names({"WS-7", "ws-7.corp.example"}).items())
    [('WS-7', 'ws-7.corp.example'), ('ws-7.corp.example', 'ws-7.corp.example')]
    """
    spellings: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(logged) - {""}):
        spellings[name.strip().rstrip(".").casefold() or name].append(name)
    full: dict[str, list[str]] = defaultdict(list)
    for folded in spellings:
        if _is_full(folded):
            full[folded.split(".", 1)[0]].append(folded)
    names = {}
    for folded, written in spellings.items():
        owners = full.get(folded, [])
        owner = spellings[owners[0]] if len(owners) == 1 else written
        names.update(dict.fromkeys(written, owner[0]))
    return names


def address_of(hit: Hit) -> str:
    return hit.entities.get("address", "").strip()


def _is_full(folded: str) -> bool:
    if "." not in folded:
        return False
    try:
        ip_address(folded)
    except ValueError:
        return True
    return False
