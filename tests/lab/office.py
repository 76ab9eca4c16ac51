"""What a person needs to work with a lab that runs: its keys and CAs in files, and a tenants file that names them."""

from __future__ import annotations

import json
from pathlib import Path

from lab.elastic.settings import HUNTER
from lab.kibana.settings import DEPLOYER, PERSON
from lab.serve.server import Running

TENANTS = """\
rings: [canary]
customers:
  - name: Larkspur
    tenants:
      - name: larkspur-elastic
        platform: elastic
        settings:
          url: {url}
          api_key: file:hunt.key
          kibana: {kibana}
          deploy_key: file:deploy.key
          ca: {ca}
        deploy:
          ring: canary
"""


def furnish(folder: Path, elastic: Running, kibana: Running) -> Path:
    """Write tenants.yml, both.pem, and a key each for the hunter, the deployer and a person into the folder.

    Keys are read by their owner alone. Returns the tenants file.
    """
    for name, key in (("hunt", HUNTER), ("deploy", DEPLOYER), ("ana", PERSON)):
        place = folder / f"{name}.key"
        place.touch(mode=0o600)
        place.write_text(f"{key.encoded}\n", encoding="utf-8")
    both = trusted(folder / "both.pem", elastic, kibana)
    tenants = folder / "tenants.yml"
    text = TENANTS.format(url=elastic.url, kibana=kibana.url, ca=json.dumps(str(both.resolve())))
    tenants.write_text(text, encoding="utf-8")
    return tenants


def trusted(file: Path, *servers: Running) -> Path:
    """Write the CAs of some servers into one file, as `ca` of a tenant takes them."""
    file.write_text("".join(one.ca.read_text(encoding="utf-8") for one in servers), encoding="utf-8")
    return file
