"""Load the pack a command names, and say what of it had to be left out."""

from __future__ import annotations

import click

from huntline.detections.load import load_pack
from huntline.detections.locate import find_pack
from huntline.errors import UserError
from huntline.model.pack import Pack
from huntline.report.plain import visible


def loaded_pack(named: str | None) -> Pack:
    """Load the pack; a rule that cannot be used is told and left out, and the hunt goes on with the others."""
    pack, findings = load_pack(find_pack(named))
    for finding in findings:
        if finding.severity == "error":
            place = f"{finding.file}:{finding.line}"
            click.echo(visible(f"warning: {place}: {finding.problem} (left out; {finding.advice})"), err=True)
    if not pack.detections:
        raise UserError(f"the pack {pack.id} has no usable detection", advice="see `huntline packs lint`")
    return pack
