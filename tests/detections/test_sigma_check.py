"""Laws of the 3CX pack by Sigma's own checkers: the validators of pySigma and of SigmaHQ, without a network."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from sigma.collection import SigmaCollection
from sigma.data import mitre_attack, mitre_d3fend
from sigma.rule import SigmaRule
from sigma.validation import SigmaValidator
from sigma.validators.core import validators as of_pysigma
from sigma.validators.core.tags import NamespaceTagValidator
from sigma.validators.sigmahq import validators as of_sigmahq
from sigma.validators.sigmahq.data import data_filename, data_taxonomy, data_windows_eventid, data_windows_provider

RULES = tuple(sorted((Path(__file__).parents[2] / "detections" / "3cx-2023" / "rules").glob("*/*.yml")))
LISTS = Path(__file__).parent / "sigmahq"
# What the validators would fetch, by the file that stands in for it.
FETCHED: dict[str, Any] = {
    "attack": mitre_attack,
    "d3fend": mitre_d3fend,
    "filename": data_filename,
    "taxonomy": data_taxonomy,
    "windows_eventid": data_windows_eventid,
    "windows_provider": data_windows_provider,
}
EXCLUDED = {
    "namespace_tag": "a rule says its stage by a tag, in a namespace of our own that no list has: stage.*",
    "sigmahq_github_link": "a reference is an address of the fact base, letter for letter, and that names branches",
}


class Broken(NamedTuple):
    """A slip in a copy of a rule, and the issues that must tell it."""

    rule: str
    text: str
    slip: str
    issues: set[str]
    name: str = ""


DELAY = "file_event_win_malware_3cx_delay_file"
BROKEN = {
    "a technique that is none": Broken(DELAY, "attack.t1678", "attack.t1678.009", {"InvalidATTACKTag"}),
    "a tactic by its former name": Broken(
        DELAY, "attack.stealth", "attack.defense-evasion", {"InvalidATTACKTag", "SigmahqTagsTechniquesWithoutTactics"}
    ),
    "a technique without its tactic": Broken(
        "registry_set_win_malware_3cx_defender_exclusion",
        "  - attack.defense-impairment\n",
        "",
        {"SigmahqTagsTechniquesWithoutTactics"},
    ),
    "a D3FEND tag": Broken(DELAY, "attack.t1678", "attack.t1678\n  - d3fend.d3-fa", {"InvalidD3FENDag"}),
    "a tag twice": Broken(DELAY, "  - stage.loader", "  - stage.loader\n  - stage.loader", {"DuplicateTag"}),
    "a field of another log source": Broken(DELAY, "TargetFilename|", "ImageLoaded|", {"SigmahqInvalidFieldname"}),
    "a field where SigmaHQ lists none": Broken(
        "win_defender_malware_3cx_samscissors", "ThreatName|", "Threat_Name|", {"SigmahqInvalidFieldname"}
    ),
    "a field in another case": Broken(
        DELAY, "TargetFilename|", "targetfilename|", {"SigmahqFieldnameCast", "SigmahqInvalidFieldname"}
    ),
    "an event id that the category says": Broken(
        DELAY, "  selection:\n", "  selection:\n    EventID: 11\n", {"SigmahqCategoryEventId", "SigmahqRedundantField"}
    ),
    "a provider that the category says": Broken(
        DELAY,
        "  selection:\n",
        "  selection:\n    Provider_Name: Microsoft-Windows-Sysmon\n",
        {"SigmahqCategoryWindowsProviderName"},
    ),
    "a log source that is none": Broken(
        "dns_query_macos_malware_3cx_c2_domain", "product: macos", "product: mac", {"SigmahqLogsourceUnknown"}
    ),
    "a file name of another log source": Broken(
        DELAY, "", "", {"SigmahqFilenamePrefix"}, "file_event_macos_malware_3cx_delay_file"
    ),
    "a file name of a service of Windows": Broken(
        "win_application_malware_3cx_affected_build_install", "", "", {"SigmahqFilenamePrefix"}, "application_malware"
    ),
    "a file name with capitals": Broken(
        DELAY, "", "", {"SigmahqFilenameConvention"}, "file_event_win_malware_3cx_Delay"
    ),
    "a title in small letters": Broken(DELAY, "Delay File", "delay file", {"SigmahqTitleCase"}),
    "a link to ATT&CK": Broken(
        "av_malware_3cx_samscissors",
        "  - https://github.com/roadwy/DefenderYara\n",
        "  - https://attack.mitre.org/campaigns/C0057/\n",
        {"SigmahqMitreLink"},
    ),
    "a selection that is not used": Broken(
        DELAY, "  condition:", "  other:\n    User: a\n  condition:", {"DanglingDetection"}
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point every validator at our lists; whatever would be fetched all the same fails."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a validator asks the network")

    for name, module in FETCHED.items():
        module.set_cache_dir(str(tmp_path_factory.mktemp(name)))
        module.set_url(str(LISTS / f"{name}.json"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", refuse)
        yield


def test_sigma_check_finds_nothing() -> None:
    """A stranger's tool chain refuses or warns of a rule that breaks the common conventions."""
    assert [] == [f"{issue.rules[0].source}: {issue}" for issue in _issues(RULES)]


def test_a_validator_is_left_out_only_by_name() -> None:
    """A new version of the validators may bring one, or rename one: neither may pass unseen."""
    known = {**of_pysigma, **of_sigmahq}

    assert len(of_pysigma) + len(of_sigmahq) == len(known)
    assert set(EXCLUDED) == set(known) - set(_chosen())


def test_a_namespace_of_tags_is_sigmas_or_stage() -> None:
    """This stands in for the validator that is left out, which would tell a mistyped namespace."""
    used = {tag.namespace for path in RULES for tag in SigmaRule.from_yaml(path.read_text(encoding="utf-8")).tags}

    assert set() == used - NamespaceTagValidator.allowed_namespace - {"stage"}


@pytest.mark.parametrize("slip", BROKEN)
def test_a_broken_rule_is_told(slip: str, tmp_path: Path) -> None:
    """Lists so small could let everything pass; each must still know right from wrong."""
    broken = BROKEN[slip]
    (source,) = [path for path in RULES if path.stem == broken.rule]
    text = source.read_text(encoding="utf-8")
    copy = tmp_path / f"{broken.name or broken.rule}.yml"
    copy.write_text(text.replace(broken.text, broken.slip) if broken.text else text, encoding="utf-8")

    assert broken.text in text
    assert broken.issues == {type(issue).__name__.removesuffix("Issue") for issue in _issues([copy])}


def test_the_lists_hold_what_the_rules_need_and_no_more() -> None:
    """An entry nobody needs is one nobody has checked."""
    rules = [SigmaRule.from_yaml(path.read_text(encoding="utf-8")) for path in RULES]
    tags = {tag.name for rule in rules for tag in rule.tags if tag.namespace == "attack"}
    sources = {f"{one.product}_{one.category}_{one.service}".lower() for one in (rule.logsource for rule in rules)}

    assert {name for name in tags if re.match(r"t\d", name)} == {one.lower() for one in _attack("attack-pattern")}
    assert {name for name in tags if not re.match(r"t\d", name)} == _attack("x-mitre-tactic")
    assert sources == set(_list("taxonomy")["taxonomy"])
    # Windows' Application log has no prefix of its own at SigmaHQ, but that of Windows.
    assert sources - {"windows_none_application"} | {"windows_none_none"} == set(_list("filename")["pattern"])


def _issues(paths: Sequence[Path]) -> list[Any]:
    return SigmaValidator(_chosen().values()).validate_rules(iter(SigmaCollection.load_ruleset(list(paths)).rules))  # type: ignore[arg-type]


def _chosen() -> dict[str, Any]:
    return {name: one for name, one in {**of_pysigma, **of_sigmahq}.items() if name not in EXCLUDED}


def _attack(kind: str) -> set[str]:
    told = [one for one in _list("attack")["objects"] if one["type"] == kind]
    return {one.get("x_mitre_shortname", one["external_references"][0]["external_id"]) for one in told}


def _list(name: str) -> Any:
    return json.loads((LISTS / f"{name}.json").read_text(encoding="utf-8"))
