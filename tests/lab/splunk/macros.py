"""Search macros: configs/conf-macros, and admin/macros with the same objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.spl import Macro
from lab.splunk.call import TRUE, Call
from lab.splunk.errors import unsupported
from lab.splunk.knowledge import Kept
from lab.splunk.objects import Kind, clash

KNOWN: Final = frozenset({"args", "definition", "description", "disabled", "errormsg", "iseval", "validation"})


def visible(call: Call) -> dict[str, Macro]:
    """Return the macros a search of this namespace can name; what is disabled is not there."""
    found = call.knowledge.seen("macros", call.namespace, call.asker)
    return {one.key.name: _macro(one.values) for one in found if one.values.get("disabled", "0").lower() not in TRUE}


def _macro(values: Mapping[str, str]) -> Macro:
    names = (name.strip() for name in values.get("args", "").split(","))
    return Macro(values.get("definition", ""), tuple(name for name in names if name))


def _taken(call: Call, given: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 (a kind's signature)
    if unknown := set(given) - KNOWN:
        raise unsupported(*unknown)
    return {name: value.strip() for name, value in given.items()}


def _shown(call: Call, one: Kept) -> dict[str, Any]:  # noqa: ARG001 (a kind's signature)
    """Return a stanza as configs shows it: what is set, and whether it is disabled (seen for another file)."""
    return {"disabled": False, **one.values} | {
        name: value.lower() in TRUE for name, value in one.values.items() if name == "disabled"
    }


MACROS: Final = Kind("configs/conf-macros", "macros", "conf-macros", (), _taken, _shown, clash)
