"""Keys on their way through every command of deploying: files, plans, ledger, outputs and errors hold none of them."""

from __future__ import annotations

from pathlib import Path

from journeys.cli import Warm
from journeys.rollout import estate, office, settle
from lab.elastic.settings import HUNTER, Key
from lab.kibana.settings import DEPLOYER
from lab.serve.faults import Bend, Cut, Fault, Refusal, When

WRONG = Key("lab-wrong", "lab-wrong-secret-55e0")
MOODS = (
    (),
    (Fault(Refusal(403), When(times=None)),),
    (Fault(Bend("expired_key"), When(times=None)),),
    (Fault(Refusal(502, "proxy"), When(path="_find|_eql", nth=2)), Fault(Cut("middle"), When(path="_find|_search"))),
)
EVERY = (
    ("plan", "--pack", "rules", "--no-counts", "--out", "plan.json", "--format", "json"),
    ("apply", "plan.json", "--who", "ana"),
    ("verify", "--pack", "rules", "--all"),
    ("drift", "--pack", "rules", "--json"),
    ("doctor", "--tenant", "acme", "--json"),
    ("rollback", "plan.json", "--yes"),
    ("purge", "--pack", "rules", "--yes"),
    ("audit", "--json"),
)


def test_a_planted_key_is_found_nowhere_after_any_command(tmp_path: Path, warm: Warm) -> None:
    """With a platform that answers, and with three that do not."""
    codes = []
    with estate(tmp_path / "lab", checked=False) as there:
        made = office(tmp_path / "office", warm=warm)
        settle(made, there, "acme", enabled=True)
        for mood in MOODS:
            there.rules.faults.add(*mood)
            there.data.faults.add(*mood)
            codes.append([made.run(*words).code for words in EVERY])
            there.rules.faults.clear()
            there.data.faults.clear()

    assert [3, 0, 0, 0, 0, 0, 0, 0] == codes[0]
    assert [1, 5, 1, 1, 1] == codes[1][:5]
    assert [1, 5, 1, 1, 1] == codes[2][:5]
    assert not [end for end in made.ends if "Traceback" in end.err]
    assert [] == made.leaks()


def test_a_key_that_is_wrong_is_not_repeated(tmp_path: Path, warm: Warm) -> None:
    """Neither in the error nor in the advice; nor one that stands where a reference should."""
    with estate(tmp_path / "lab", checked=False) as there:
        made = office(tmp_path / "office", warm=warm, keys=(WRONG,))
        settle(made, there, "acme", key=WRONG)
        refused = [made.run(*words) for words in EVERY[:4]]
        made.tenants[0]["settings"]["deploy_key"] = DEPLOYER.encoded
        made.save()
        written = [made.run(*words) for words in EVERY[:4]]
        (made.folder / "tenants.yml").unlink()

    assert {1} == {end.code for number, end in enumerate(refused) if number != 1}
    assert {2} == {end.code for number, end in enumerate(written) if number != 1}
    assert [] == made.leaks()


def test_the_search_for_leaks_finds_one(tmp_path: Path) -> None:
    """A search that finds nothing because it cannot proves nothing."""
    made = office(tmp_path / "office")
    for name, key in (("plan.json", HUNTER.secret), ("ledger.sqlite-wal", DEPLOYER.encoded)):
        (made.folder / name).write_text(f"... {key} ...", encoding="utf-8")

    assert ["ledger.sqlite-wal", "plan.json"] == sorted(made.leaks())
