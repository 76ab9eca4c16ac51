"""A saved search as Splunk gives it back, beside what we want of it: what is ours, what is the customer's, what is neither.

How it spells truths and numbers depends on the field and on who wrote it (as captured from real servers): one spelling is
compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.mark import RETIRED, Mark, marks_in
from huntline.model.pack import Json
from huntline_splunk import security
from huntline_splunk.artifact import SEARCH, name_of
from huntline_splunk.entry import Entry, differing, text
from huntline_splunk.jobs import truth
from huntline_splunk.package import MARK

SAID = (
    "action.huntline.param.detection",
    "alert.digest_mode",
    "alert.severity",
    "alert.track",
    "alert_comparator",
    "alert_threshold",
    "alert_type",
    "cron_schedule",
    "description",
    "dispatch.allow_partial_results",
    "dispatch.earliest_time",
    "dispatch.index_earliest",
    "dispatch.index_latest",
    "dispatch.latest_time",
    "is_scheduled",
    "realtime_schedule",
    "search",
)
"""The fields that `artifact` writes."""

UNSAID: Mapping[str, Json] = {
    "dispatch.lookups": True,  # without them fields are missing
    "dispatch.max_time": 0,  # seconds after which a run ends, and looks as if it were through
    "dispatch.sample_ratio": 1,
    "run_n_times": 0,  # runs after which it stops
}
"""Fields that decide what a search finds, as they are where nobody says anything (savedsearches.conf.spec)."""

FLAGS = frozenset(
    {
        "alert.digest_mode",
        "alert.track",
        "dispatch.allow_partial_results",
        "dispatch.lookups",
        "is_scheduled",
        "realtime_schedule",
    }
)
NUMBERS = frozenset({"alert.severity", "dispatch.max_time", "dispatch.sample_ratio", "run_n_times"})
TRUTHS = frozenset({"0", "1", "false", "true"})


def names_of(*, security_too: bool) -> tuple[str, ...]:
    """Return the fields that are said of a search; what only Enterprise Security reads is the customer's elsewhere."""
    return (*SAID, *security.FIELDS) if security_too else SAID


def normal(artifact: Artifact, names: tuple[str, ...]) -> dict[str, Json]:
    """Return the managed fields of a search we want, as they are read back."""
    return _managed(artifact.body, names)


def deployed(entry: Entry, app: str, names: tuple[str, ...]) -> Deployed:
    """Read a search as Splunk gives it. A mark is home on what the app shares under the name made of its key; else on a copy."""
    mark = next(iter(marks_in(str(entry.content.get(MARK, "")))), None)
    ours = entry.app == app and entry.shared
    return Deployed(
        kind=SEARCH,
        remote_id=entry.name if ours else entry.path,
        name=entry.name,
        mark=mark,
        home=ours and mark is not None and name_of(mark.key) == entry.name,
        managed=_managed(entry.content, names),
        whole=entry.whole,
        revision=entry.revision,
        state="off" if truth(entry.content.get("disabled")) else "on",
        changed_at=entry.updated,
    )


def wanted(ours: Mapping[str, Json], mark: Mark, over: Deployed | None, *, on: bool) -> dict[str, str]:
    """Return what is to be sent: what is ours, and of what is neither's only what is not as it should be."""
    there = over.managed if over else UNSAID
    said = {name: value for name, value in ours.items() if name not in UNSAID or there.get(name) != value}
    return {name: text(value) for name, value in said.items()} | {MARK: str(mark), "disabled": text(not on)}


def retired(over: Deployed) -> dict[str, str]:
    """Return what switches a search off and marks it for good."""
    mark = {MARK: str(Mark(over.mark.key, RETIRED))} if over.mark else {}
    return {"disabled": text(True), **mark}


def restored(before: Deployed, now: Deployed) -> dict[str, str]:
    """Return what is to be sent so that every field that can be written is as before."""
    return differing(now.whole, before.whole)


def _managed(fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Json]:
    found: dict[str, Json] = {name: _spelled(name, fields.get(name)) for name in names}
    return found | {name: _spelled(name, fields.get(name, value)) for name, value in UNSAID.items()}


def _spelled(name: str, value: Any) -> Json:
    """Write a value in one way; a configuration file keeps no space at its ends (mem), and a line ends in one way."""
    plain = text(value).replace("\r\n", "\n").strip()
    if name in security.FIELDS:
        return security.spelled(name, plain)
    if name in FLAGS and plain.lower() in ("true", "false", *TRUTHS):
        return truth(plain)
    if name in NUMBERS and plain.isdigit():
        return int(plain)
    return plain
