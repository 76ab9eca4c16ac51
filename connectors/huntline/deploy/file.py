"""A plan as a file: full bodies, the revisions it was made over, and a hash, so that what was approved is what is done."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from huntline.errors import UserError
from huntline.model.jsonable import dumps
from huntline.model.objects_json import plan_json, plan_of
from huntline.model.plan import Plan

VERSION = 1


def plan_hash(plan: Plan) -> str:
    """Digest of all that the plan says."""
    return hashlib.sha256(dumps([VERSION, plan_json(plan)]).encode()).hexdigest()


def plan_text(plan: Plan) -> str:
    """Return the file's text, in ASCII: it holds what others wrote, and is read on terminals, too."""
    told = {"huntline_plan": VERSION, "hash": plan_hash(plan), **plan_json(plan)}
    return json.dumps(told, indent=1) + "\n"


def read_plan(path: Path) -> Plan:
    """Read a saved plan. Raises UserError for what is none, and for one that was changed since it was made."""
    advice = "make a new one with huntline plan --out FILE"
    try:
        data = json.loads(path.read_text("utf-8"))
        version, told = data["huntline_plan"], data["hash"]
        plan = plan_of(data)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", advice=advice) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no plan", advice=advice) from error
    if version != VERSION:
        raise UserError(f"{path} is a plan of version {version}, this program knows {VERSION}", advice=advice)
    if told != plan_hash(plan):
        raise UserError(f"{path} was changed since it was made: its hash is not its own", advice=advice)
    return plan
