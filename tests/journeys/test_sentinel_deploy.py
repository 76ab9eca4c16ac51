"""From nothing to deployed on Sentinel by the real command: two apps, a limit that is told, an edit that is kept, a way back."""

from __future__ import annotations

import json
from pathlib import Path

from journeys.cli import Warm
from journeys.siem import Office, Secret
from journeys.workspace import WORDS, Workspace
from lab.sentinel import hand
from lab.sentinel.settings import DEPLOYER, HUNTER
from platforms.sentinel.deploying import served


def test_from_nothing_to_deployed_edited_and_back(tmp_path: Path, warm: Warm) -> None:
    """One app reads and hunts, another writes; no secret of theirs is left anywhere."""
    with served(tmp_path / "lab") as there:
        secrets = [Secret(one.secret, (one.secret,)) for one in (HUNTER, DEPLOYER)]
        acme = Office(tmp_path / "office", Workspace(there.lab.settings), secrets=tuple(secrets), warm=warm)
        acme.folder.mkdir()
        acme.rules(*WORDS)
        own = {"client": DEPLOYER.id, "secret": acme.secret("deploy", secrets[1])}
        acme.tenant("acme", there.ground.running, secret=secrets[0], client=HUNTER.id, deploy=own, rules=3)
        acme.tenants[0]["deploy"] = {"enabled": True}
        acme.save()
        crowded = acme.run("plan", "--pack", "rules", "--no-counts")
        acme.tenants[0]["settings"]["rules"] = 512
        acme.save()
        planned = acme.run("plan", "--pack", "rules", "--out", "plan.json")
        applied = acme.run("apply", "plan.json", "--reference", "CHG-1", "--who", "ana")
        again = acme.run("plan", "--pack", "rules", "--no-counts")
        verified = acme.run("verify", "--pack", "rules")
        chosen = min(there.lab.rules.live())
        hand.edit(there.lab, chosen, severity="Low")
        drifted = acme.run("drift", "--pack", "rules")
        plan_hash = json.loads((acme.folder / "plan.json").read_text())["hash"]
        back = acme.run("rollback", plan_hash[:16], "--yes")
        audit = [json.loads(line) for line in acme.run("audit", "--json").out.splitlines()]
        left = {name: one.properties["enabled"] for name, one in there.lab.rules.live().items()}

        assert "4 scheduled rules would be on, and the workspace takes 3" in crowded.out
        assert (3, 0, 0, 0) == (planned.code, applied.code, again.code, verified.code), verified.out + verified.err
        assert "scheduled rules would be on" not in planned.out
        assert "4 of 4 rules would have matched nothing in 30 days" in planned.out
        assert "nothing to write" in again.out
        assert (3, True) == (drifted.code, "severity" in drifted.out), drifted.out + drifted.err
        assert (5, "changed since") == (
            back.code,
            "changed since" if "changed since" in back.out else back.out + back.err,
        )
        assert {name: name == chosen for name in left} == left
        assert all(row["request"] for row in audit if row["phase"] == "done" and row["action"] == "create")
        assert [] == acme.leaks()
