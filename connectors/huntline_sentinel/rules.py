"""The analytics rules of one workspace: listed, read, written; a write carries the etag of what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.errors import QueryRejected, Stale, Transient
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.ports import expect_same
from huntline_sentinel.arm import Arm
from huntline_sentinel.artifact import KIND
from huntline_sentinel.faults import Conflict, Missing
from huntline_sentinel.http import Answer
from huntline_sentinel.language import LONGEST_RULE
from huntline_sentinel.rule_shape import deployed, retired, wanted, written

REFUSED = "what is there has not changed, so the service has a reason of its own: apply again later"
KINDS = "the service never changes a rule's kind: delete the rule there, and apply again"


def held(arm: Arm) -> list[Deployed]:
    """List every rule of the workspace, whatever its kind; each once, also where a page changes while it is turned."""
    return list({one["name"]: deployed(one) for one in arm.rules()}.values())


def read(arm: Arm, rule_id: str) -> Deployed | None:
    try:
        return deployed(_body(arm.rule("GET", rule_id)))
    except Missing:
        return None


def put(arm: Arm, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Create a rule, or replace what is ours of the one that was seen.

    It is looked at before: a PUT without an etag replaces whatever lies there, and one with an etag makes it anew.
    """
    body = wanted(artifact, over, on=on, instead=instead)
    if len(body["properties"]["query"]) > LONGEST_RULE:
        raise QueryRejected(f"its query has over {LONGEST_RULE:,} characters, with what was kept there")
    now = _same(arm, artifact.remote_id, over)
    if now and now.whole["kind"] != KIND:
        raise QueryRejected(f"there it is of kind {now.whole['kind']}, and not {KIND}", advice=KINDS)
    return _replace(arm, artifact.remote_id, body, now)


def retire(arm: Arm, over: Deployed) -> Written:
    now = _same(arm, over.remote_id, over)
    return _replace(arm, over.remote_id, retired(over), now)


def restore(arm: Arm, before: Deployed, over: Deployed) -> Written:
    now = _same(arm, over.remote_id, over)
    return _replace(arm, over.remote_id, written(before.whole), now)


def remove(arm: Arm, over: Deployed) -> str:
    """Delete a rule; one that is not there any more is deleted. DELETE takes no etag along."""
    now = read(arm, over.remote_id)
    if now is None:
        return ""
    expect_same(now, over)
    return request_of(arm.rule("DELETE", over.remote_id))


def _same(arm: Arm, rule_id: str, over: Deployed | None) -> Deployed | None:
    now = read(arm, rule_id)
    if over is None:
        if now is not None:
            raise Stale(f"{now.name}: lies at the id by now")
        return None
    return expect_same(now, over)


def _replace(arm: Arm, rule_id: str, body: Mapping[str, Any], now: Deployed | None) -> Written:
    """Write it with the etag that was seen. What refuses it is told apart by looking again, not by its words."""
    etag = now.whole.get("etag") if now else None
    sent = {**body, "etag": etag} if etag else body
    try:
        answer = arm.rule("PUT", rule_id, sent)
    except Conflict as refused:
        then = read(arm, rule_id)
        if (then.revision if then else "") != (now.revision if now else ""):
            raise Stale(refused.problem) from None
        raise QueryRejected(refused.problem, advice=REFUSED) from None
    return Written(deployed(_body(answer)), request_of(answer))


def _body(answer: Answer) -> Mapping[str, Any]:
    if not isinstance(answer.body, Mapping):
        raise Transient(f"{answer.status}: an answer without content")
    return answer.body


def request_of(answer: Answer) -> str:
    """Return the service's own id of a request."""
    return answer.headers.get("x-ms-request-id", "")
