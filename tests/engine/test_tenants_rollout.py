"""Laws of `rings` and `deploy` in the tenants file: all of it reaches the tenant, and every mistake is told in its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from huntline.errors import ConfigError
from huntline.model.tenant import Deploying
from huntline.tenants.load import load_tenants, tenants_and_errors

ONE, TWO = "8a1b6f5e-3f0d-4a53-9d36-0d1c2c6e8c11", "2f6c1a90-9b7e-4c0e-8f53-5a1e3f7d2b44"
WHOLE = f"""rings: [canary, wave]
customers:
  - name: Acme
    tenants:
      - name: acme
        platform: standin
        deploy:
          ring: wave
          enabled: true
          severity:
            {ONE}: low
          every:
            {ONE}: 90m
          hunting_only:
            - {TWO}
      - {{name: bare, platform: standin}}
"""
DEPLOY = "customers.0.tenants.0.deploy"


def written(folder: Path, text: str = WHOLE) -> Path:
    (folder / "tenants.yml").write_text(text, encoding="utf-8")
    return folder / "tenants.yml"


def test_all_that_is_said_of_a_rollout_reaches_the_tenant(tmp_path: Path) -> None:
    acme, bare = load_tenants(written(tmp_path), names=())

    assert (
        Deploying("wave", 1, True, {ONE: "low"}, {ONE: timedelta(minutes=90)}, frozenset({TWO})),
        Deploying(rank=2),  # after the rings
    ) == (acme.deploying, bare.deploying)


@pytest.mark.parametrize(
    ("before", "after", "line", "key"),
    [
        ("rings: [canary, wave]", "rings: canary", 1, "rings"),
        ("rings: [canary, wave]", "rings: [wave, wave]", 1, "rings.1"),
        ("rings: [canary, wave]", "rings: ['', wave]", 1, "rings.0"),
        ("rings: [canary, wave]", "rings: [wave, 7]", 1, "rings.1"),
        ("rings: [canary, wave]", "ring: [canary, wave]", 1, "ring"),
        ("ring: wave", "ring: wafe", 8, f"{DEPLOY}.ring"),
        ("ring: wave", "ring: 1", 8, f"{DEPLOY}.ring"),
        ("ring: wave", "rings: wave", 8, f"{DEPLOY}.rings"),
        ("enabled: true", "enabled: yes please", 9, f"{DEPLOY}.enabled"),
        ("enabled: true", "enabled: 1", 9, f"{DEPLOY}.enabled"),
        ("enabled: true", "enable: true", 9, f"{DEPLOY}.enable"),
        (f"{ONE}: low", f"{ONE}: lowest", 11, f"{DEPLOY}.severity.{ONE}"),
        (f"{ONE}: low", f"{ONE}: 3", 11, f"{DEPLOY}.severity.{ONE}"),
        (f"severity:\n            {ONE}: low", "severity: low", 10, f"{DEPLOY}.severity"),
        (f"{ONE}: 90m", f"{ONE}: 90", 13, f"{DEPLOY}.every.{ONE}"),
        (f"{ONE}: 90m", f"{ONE}: 0m", 13, f"{DEPLOY}.every.{ONE}"),
        (f"{ONE}: 90m", f"{ONE}: 90 minutes", 13, f"{DEPLOY}.every.{ONE}"),
        (f"{ONE}: 90m", f"{ONE}: -5m", 13, f"{DEPLOY}.every.{ONE}"),
        (f"every:\n            {ONE}: 90m", "every: 90m", 12, f"{DEPLOY}.every"),
        (f"- {TWO}", "- 7", 15, f"{DEPLOY}.hunting_only.0"),
        (f"hunting_only:\n            - {TWO}", f"hunting_only: {TWO}", 14, f"{DEPLOY}.hunting_only"),
        ("deploy:\n", "deploys:\n", 7, "customers.0.tenants.0.deploys"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(before: str, after: str, line: int, key: str, tmp_path: Path) -> None:
    """A tenant in no ring is written last, and one whose `enabled` is not heeded alerts, or does not."""
    assert before in WHOLE
    path = written(tmp_path, WHOLE.replace(before, after))
    found = [one for one in tenants_and_errors(path) if isinstance(one, ConfigError)]

    assert [(str(path), line, key)] == [
        (one.file, one.line, one.key) for one in found if one.key != f"{DEPLOY}.ring" or key == one.key
    ]
