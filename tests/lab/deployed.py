"""The demo's rules: deployed by the real commands, edited by hand, and what became of the edits held to what was done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lab.edits import OWN, Edit, Rule, detection_of, edit_by_hand, rules_of, told
from lab.kibana.app import KibanaLab
from lab.shell import Shell

CHANGES: Final = 3  # something to write; drift
TENANT: Final = ("--tenant", "larkspur-elastic")


def deploy(shell: Shell, lab: KibanaLab, tenants: Path) -> Sequence[str]:
    """Deploy, edit, look, and deploy a changed rollout; return what is not as it should be.

    `tenants` is the file that the commands read; the change is made in it. Raises Unexpected.
    """
    _roll_out(shell, "first.json", "CHG-4711", ends=3)
    edits = edit_by_hand(lab)
    for one in edits:
        print(f"Ana, in Kibana, {one.did}: {one.rule['name']}", flush=True)
    edited = rules_of(lab)
    shell.show("drift", *TENANT, code=CHANGES)
    (said,) = json.loads(shell.output("drift", *TENANT, "--json", code=CHANGES))
    _change(tenants, edits[-1].rule)
    _roll_out(shell, "second.json", "CHG-4712", ends=24)
    return (*wrongly_told(said["drifts"], edits), *lost(edited, rules_of(lab), edits))


def wrongly_told(said: Sequence[Mapping[str, Any]], edits: Sequence[Edit]) -> Sequence[str]:
    """Return every edit that drift does not tell, and everything that it tells and nobody did."""
    made, found = {one.told for one in edits if one.told}, told(said)
    return [
        *(f"not told: {' '.join(one)}" for one in sorted(made - found)),
        *(f"told, and not so: {' '.join(one)}" for one in sorted(found - made)),
    ]


def lost(edited: Mapping[str, Rule], now: Mapping[str, Rule], edits: Sequence[Edit]) -> Sequence[str]:
    """Return what of the edits the second rollout did not leave, and what of the rollout did not come."""
    changed = now[edits[-1].rule["rule_id"]]
    wrong = [] if changed["severity"] == "low" else ["the changed severity was not written"]
    for one in edits:
        before, after = edited.get(one.rule["rule_id"]), now.get(one.rule["rule_id"])
        fields = [one.told[2]] if one.told and one.told[2] else ["enabled", *OWN]
        if (before is None) != (after is None) or (before and after and any(before[f] != after[f] for f in fields)):
            wrong.append(f"did not stay: {one.did} {one.rule['name']}")
    return wrong


def _roll_out(shell: Shell, plan: str, ticket: str, *, ends: int) -> None:
    shell.show("plan", *TENANT, "--no-counts", "--out", plan, code=CHANGES, ends=ends)
    shell.show("apply", plan, "--reference", ticket, code=0, ends=ends)


def _change(tenants: Path, rule: Rule) -> None:
    """Lower the severity of a rule's detection for its tenant, in the tenants file."""
    document = json.loads(tenants.read_text(encoding="utf-8"))
    for customer in document["customers"]:
        for tenant in customer["tenants"]:
            if tenant["name"] in TENANT:
                tenant["deploy"]["severity"] = {detection_of(rule): "low"}
    tenants.write_text(json.dumps(document, indent=2), encoding="utf-8")
    print(f"The customer wants it lower: {rule['name']}", flush=True)
