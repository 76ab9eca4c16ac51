"""What a person needs to work with a lab that runs: its keys and CAs in files, and a tenants file that names them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import lab.elastic.settings
import lab.kibana.settings
import lab.splunk.settings
from lab.sentinel.settings import Application, SentinelSettings
from lab.serve.server import Running

TENANTS: Final = """\
rings: [canary]
customers:
  - name: Larkspur
    tenants:
      - name: larkspur-{platform}
        platform: {platform}
        settings:
{settings}
        deploy:
          ring: canary
"""
PLAIN: Final = re.compile(r"[A-Za-z][\w./:-]*")  # what YAML takes for a text without quotes


def furnish(folder: Path, elastic: Running, kibana: Running) -> Path:
    """Write tenants.yml, both.pem, and a key each for the hunter, the deployer and a person into the folder.

    Keys are read by their owner alone. Returns the tenants file.
    """
    keys = (
        ("hunt.key", lab.elastic.settings.HUNTER),
        ("deploy.key", lab.kibana.settings.DEPLOYER),
        ("ana.key", lab.kibana.settings.PERSON),
    )
    _keep(folder, {name: key.encoded for name, key in keys})
    settings = {
        "url": elastic.url,
        "api_key": "file:hunt.key",
        "kibana": kibana.url,
        "deploy_key": "file:deploy.key",
        "ca": str(trusted(folder / "both.pem", elastic, kibana).resolve()),
    }
    return _tenants(folder, "elastic", settings)


def furnish_splunk(folder: Path, running: Running) -> Path:
    """Write tenants.yml, a token each for hunter and deployer, and an administrator's password; return the first."""
    _keep(
        folder,
        {
            "hunt.token": lab.splunk.settings.TOKEN.encoded,
            "deploy.token": lab.splunk.settings.DEPLOY_TOKEN.encoded,
            "admin.password": lab.splunk.settings.ADMIN.password,
        },
    )
    settings = {
        "url": running.url,
        "token": "file:hunt.token",
        "app": lab.splunk.settings.OURS.name,
        "deploy_token": "file:deploy.token",
        "ca": str(running.ca.resolve()),
    }
    return _tenants(folder, "splunk", settings)


def furnish_sentinel(
    folder: Path, running: Running, said: SentinelSettings, *, hunter: Application, deployer: Application
) -> Path:
    """Write tenants.yml and a secret each for the apps that hunt and deploy; return the first."""
    _keep(folder, {"hunt.secret": hunter.secret, "deploy.secret": deployer.secret})
    settings = {
        "client": hunter.id,
        "secret": "file:hunt.secret",
        "deploy": {"client": deployer.id, "secret": "file:deploy.secret"},
        **workspace(said, running),
    }
    return _tenants(folder, "sentinel", settings)


def workspace(said: SentinelSettings, running: Running) -> dict[str, Any]:
    """Return a tenant's settings without its app; one address is all of Azure here, and tokens are for the real audiences."""
    return {
        "tenant": said.tenant,
        "subscription": said.subscription,
        "resource_group": said.group,
        "workspace": said.name,
        "workspace_id": said.workspace,
        "authority": running.url,
        "management": running.url,
        "analytics": running.url,
        "audiences": {"management": "https://management.azure.com", "analytics": "https://api.loganalytics.io"},
        "ca": str(running.ca.resolve()),
    }


def trusted(file: Path, *servers: Running) -> Path:
    """Write the CAs of some servers into one file, as `ca` of a tenant takes them."""
    file.write_text("".join(one.ca.read_text(encoding="utf-8") for one in servers), encoding="utf-8")
    return file


def _keep(folder: Path, secrets: Mapping[str, str]) -> None:
    for name, secret in secrets.items():
        place = folder / name
        place.touch(mode=0o600)
        place.write_text(f"{secret}\n", encoding="utf-8")


def _tenants(folder: Path, platform: str, settings: Mapping[str, Any]) -> Path:
    tenants = folder / "tenants.yml"
    lines = "\n".join(_lines(settings))
    tenants.write_text(TENANTS.format(platform=platform, settings=lines), encoding="utf-8")
    return tenants


def _lines(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        plain = isinstance(value, str) and PLAIN.fullmatch(value)
        yield f"          {name}: {value if plain else json.dumps(value)}"
