"""What is told of rendered EQL: there is no checker of it that could be installed along."""

from __future__ import annotations

from pathlib import Path

from huntline.ports import Checked


def check(folder: Path) -> Checked:  # noqa: ARG001 (nothing here reads it)
    """Return that nothing was checked: python-eql is under the AGPL, so only the project's own tests hold EQL against it."""
    return Checked(ran=(), findings=(), missing=("EQL: checked by this project's own tests only",))
