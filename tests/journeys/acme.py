"""A customer of the stand-in platform with planted secrets: one in the environment, one in a file."""

from __future__ import annotations

import json
from pathlib import Path

from journeys.standin import installed

IN_ENV, IN_FILE, WRITTEN = "planted-env-5b1d", "planted-file-9c2e", "planted-plain-4a7f"
RULE = """title: Evil
id: 11111111-1111-4111-8111-111111111111
logsource: {category: test}
detection: {selection: {word: evil}, condition: selection}
level: high
"""


def given(folder: Path, *, env: str = "env:ACME_TOKEN", mood: str = "kind", mode: int = 0o600) -> dict[str, str]:
    """Two tenants, one with its secret in the environment and one in a file; return the environment."""
    (folder / "rules").mkdir()
    (folder / "rules" / "evil.yml").write_text(RULE, encoding="utf-8")
    (folder / "token").write_text(f"{IN_FILE}\n", encoding="utf-8")
    (folder / "token").chmod(mode)
    tenants = [
        {"name": "acme-env", "platform": "standin", "settings": {"token": env, "mood": mood}},
        {"name": "acme-file", "platform": "standin", "settings": {"token": "file:token", "mood": mood}},
    ]
    (folder / "tenants.yml").write_text(json.dumps({"customers": [{"name": "Acme", "tenants": tenants}]}, indent=1))
    return {**installed(folder), "ACME_TOKEN": IN_ENV}
