"""From nothing to deployed by the real command: planned, saved, applied, proved, and never written twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from journeys.cli import Warm
from journeys.rollout import WORDS, estate, listings, office, planned, rules, settle, writes
from lab.serve.faults import Bend, Fault, When


def test_from_nothing_to_deployed_and_proved(tmp_path: Path, warm: Warm) -> None:
    """A saved plan is the approval; all of it is done once, and nothing is left to do. The plan is readable in every form."""
    with estate(tmp_path / "lab") as there:
        acme = office(tmp_path / "office")
        settle(acme, there, "acme", enabled=True)
        text = acme.run("plan", "--pack", "rules", "--out", "plan.json")
        saved = acme.folder / "plan.json"
        looked = writes(there.rules.journal.entries())
        applied = acme.run("apply", "plan.json", "--reference", "CHG-4711", "--who", "ana")
        written, before = writes(there.rules.journal.entries()), len(there.rules.journal.entries())
        acme.warm = warm
        again = acme.run("apply", "plan.json")
        second = there.rules.journal.entries()[before:]
        empty = acme.run("plan", "--pack", "rules", "--no-counts", "--format", "markdown")
        verified = acme.run("verify", "--pack", "rules")
        audit = acme.run("audit", "--json")

        assert (3, 0, 0, 0, 0) == (text.code, applied.code, again.code, empty.code, verified.code), text.err
        assert {"acme": Counter({"create": 3, "not_applicable": 18})} == planned(acme)
        assert "+ create    Word alpha (elastic-defend-process), switched on" in text.out
        assert "      matches a day: 2.0 over 7 days, 2.0 over 30" in text.out.splitlines()
        assert f"Plan {json.loads(saved.read_text())['hash'][:16]}: 3 objects to write at 1 tenant" in text.out
        assert [] == looked
        assert [f"Word {word} (elastic-defend-process)" for word in WORDS] == sorted(
            str(rule["name"]) for rule in rules(there).values()
        )
        assert {True} == {rule["enabled"] for rule in rules(there).values()}
        assert (3, 0, 1) == (len(written), len(writes(second)), len(listings(second)))
        assert "Nothing to do." in empty.out
        rows = [json.loads(line) for line in audit.out.splitlines()]
        assert {"begun": 3, "done": 6} == Counter(row["phase"] for row in rows)
        assert {("ana", "CHG-4711")} == {(row["who"], row["reference"]) for row in rows[:6]}
        assert all(row["request"] for row in rows[:6] if row["phase"] == "done")
        assert all(any(f"huntline {word}" in line for line in acme.processes) for word in ("plan", "apply"))
        assert [] == acme.leaks()


def test_what_could_not_be_counted_is_told_of_the_rules_it_is_about(tmp_path: Path, warm: Warm) -> None:
    """A count of a part of the events would have a noisy rule pass for a quiet one."""
    with estate(tmp_path / "lab", checked=False) as there:
        acme = office(tmp_path / "office", warm=warm)
        settle(acme, there, "acme", enabled=True)
        there.data.faults.add(Fault(Bend("is_partial"), When(path="_eql/search", times=None)))
        told = acme.run("plan", "--pack", "rules")

        assert 3 == told.code, told.err
        assert len(WORDS) == told.out.count("(not all was counted: Elastic Defend, processes: "), told.out
