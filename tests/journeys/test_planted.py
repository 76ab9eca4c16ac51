"""Activity planted by a generator that never reads the rules is found, once each, and nothing else."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import zstandard

from huntline.detections.load import load_pack
from huntline.detections.locate import find_pack
from journeys.cli import hunt, report
from lab.plant import Planted, planted

DATA = Path(__file__).parents[3] / "shared" / "data" / "windows-events-400k.ndjson.zst"
EACH = 12
NUMBERS = {
    "affected_build_hash": 5,
    "affected_build_version": 5,
    "affected_build_update": 6,
    "trojanised_dll": 10,
    "unsigned_dll": 11,
    "delay_file": 12,
    "icon_host": 13,
    "icon_fetch": 14,
    "c2_domain": 15,
    "beacon_cookie": 17,
    "first_stage_file": 20,
    "update_agent": 22,
    "suspicious_child": 24,
}
UNPLANTED = {
    "xtrader_tpm_folder": 1,
    "xtrader_setup": 2,
    "veiledsignal_pipe": 3,
    "veiledsignal_c2": 4,
    "affected_package": 7,
    "history_copy": 23,
    "tunnel_as_msmpeng": 25,
    "follow_on_files": 27,
    "guard64": 28,
    "poolrat": 30,
    "xtrader_task": 1,
    "xtrader_hash": 2,
    "veiledsignal_agent": 4,
    "affected_build_install": 5,
    "affected_update": 7,
    "samscissors": 8,
    "client_file": 8,
    "exclusion": 8,
    "trojanised_dylib": 9,
    "unclear_hash": 10,
    "icon_repository": 14,
    "c2_path": 16,
    "windows_agent_c2": 19,
    "browser_history": 23,
    "wlbsctrl": 26,
    "follow_on_hash": 26,
    "simplextea": 30,
}
"""Nothing is planted for these, and none of them may claim a plant."""
BESIDE = {"stale_agent": 18, "windows_agent_hunt": 19, "svchost_follow_on": 29}
"""A line planted for another number may satisfy these too: requests bear an agent, svchost asks for a server's name."""
RULES = NUMBERS | UNPLANTED | BESIDE


@pytest.fixture(scope="module")
def plants() -> Planted:
    return planted(7, EACH)


@pytest.fixture(scope="module")
def hits(plants: Planted, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Hunt the plants; the real telemetry lies beside and among them where it is there."""
    cwd = tmp_path_factory.mktemp("planted")
    logs = cwd / "logs"
    logs.mkdir()
    background = _background(20_000)
    for name in plants.files():
        lines = [*plants.lines(name)]
        if "sysmon" in name:
            lines += background
        random.Random(name).shuffle(lines)
        (logs / name).parent.mkdir(parents=True, exist_ok=True)
        (logs / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert 3 == hunt(logs, cwd).code
    return list(report(cwd)["cases"][0]["hits"])


def test_every_plant_is_found_once_and_nothing_else(plants: Planted, hits: list[dict[str, Any]]) -> None:
    truth = Counter(line for lines in plants.truth().values() for line in lines)

    assert truth == Counter(hit["raw"] for hit in hits)


@pytest.mark.parametrize("number", sorted(set(NUMBERS.values())))
def test_each_plant_is_found_by_the_detection_of_its_number(
    number: int, plants: Planted, hits: list[dict[str, Any]]
) -> None:
    """A hit for the wrong reason would be luck."""
    pack, _ = load_pack(find_pack(None))
    of_rule = {d.id: n for d in pack.detections for word, n in RULES.items() if word in d.file}
    found = {hit["raw"] for hit in hits if any(of_rule[witness["detection"]] == number for witness in hit["witnesses"])}

    assert plants.truth()[number] == found


def test_nothing_that_was_not_planted_claims_a_plant(hits: list[dict[str, Any]]) -> None:
    """Else a plant would be found by a rule that has no business with it, and nobody would notice."""
    pack, _ = load_pack(find_pack(None))
    files = {d.id: Path(d.file).stem for d in pack.detections if not any(word in d.file for word in NUMBERS | BESIDE)}
    claimed = {files.get(witness["detection"], "") for hit in hits for witness in hit["witnesses"]}

    assert {""} == claimed


def _background(count: int) -> list[str]:
    if not DATA.exists():
        return []
    with DATA.open("rb") as packed:
        reader = zstandard.ZstdDecompressor().stream_reader(packed)
        text = reader.read(64 * 2**20).decode("utf-8", "ignore")
    return text.splitlines()[:count]
