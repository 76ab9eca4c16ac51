"""A rule's query as it is judged when the rule is saved: it has to run over the tables there are."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from lab.kql.tokens import tokens
from lab.sentinel.call import Workspace
from lab.sentinel.errors import Failed, arm_failed
from lab.sentinel.rules.check import refused

LONGEST = 10_000  # characters [M1]
FORBIDDEN = (("search", "*"), ("union", "*"))  # [M1]
MISSING = "One of the tables does not exist."  # (seen)


def check_query(workspace: Workspace, query: str, now: datetime) -> None:
    """Raise Failed (400) for a query that the service does not save."""
    if not 1 <= len(query) <= LONGEST:
        raise refused(f"'query' has to have 1 to {LONGEST} characters, and has {len(query)}")
    words = [one.text for one in tokens(query)]
    if pairs := [pair for pair in pairwise(words) if pair in FORBIDDEN]:
        raise refused(f"'query' may not contain '{' '.join(pairs[0])}'")
    tables = workspace.store.tables()
    if there := [name for name in sorted({*words} & {*tables}) if tables[name].keep.plan != "Analytics"]:
        raise did_not_run(f"The plan of the table '{there[0]}' is {tables[there[0]].keep.plan}.")
    if found := workspace.engine.check(query, now):
        raise did_not_run(MISSING if missing_table(query, found[0]) else found[0])


def missing_table(query: str, finding: str) -> bool:
    """Tell whether what was found is a table that is not there: KS204, or whatever is wrong with a name that stands alone."""
    return finding.startswith("KS204 ") or len(tokens(query)) == 1


def did_not_run(words: str) -> Failed:
    """Say that a query does not run; the words before those of what was found are the service's (seen)."""
    return arm_failed(400, "BadRequest", f"Failed to run the analytics rule query. {words}")
