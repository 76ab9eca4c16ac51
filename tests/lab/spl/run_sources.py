"""Commands that bring rows of their own (help.splunk.com: makeresults, inputlookup, datamodel, from, dbinspect, rest)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from lab.spl.match import compiled
from lab.spl.tree import Command, Row
from lab.spl.values import text
from lab.spl.world import Step, World

BASE_FIELDS = (
    "_time",
    "_raw",
    "_indextime",
    "_bkt",
    "_cd",
    "_si",
    "_sourcetype",
    "host",
    "index",
    "linecount",
    "source",
    "sourcetype",
    "splunk_server",
)


def _makeresults(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Give each row the time of the run, unless its data has one (for data not documented)."""
    time = text(float(int(world.around.now))) or ""
    extra = {"splunk_server": "local"} if command.arguments["annotate"] else {}
    return [{"_time": time, **extra, **row} for row in command.arguments["rows"]]


def _inputlookup(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Give a table's rows; of one that is not there none, with a warning that scheduled searches do not show, unless strict."""
    wanted = command.arguments
    if not wanted["strict"] and not world.has(wanted["table"]):
        return ()
    rows: Iterable[Row] = world.table(wanted["table"], command.at)
    if wanted["condition"] is not None:
        rows = filter(compiled(wanted["condition"], world.around), rows)
    stop = None if wanted["most"] is None else wanted["start"] + wanted["most"]
    return islice(rows, wanted["start"], stop)


def _datamodel(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Give every event as one of the model: which events belong to it is the caller's choice of events."""
    prefix = command.arguments["dataset"] + "."
    if not command.arguments["prefixed"]:
        return world.events(command)
    return (_prefixed(row, prefix) for row in world.events(command))


def _prefixed(row: Row, prefix: str) -> Mapping[str, str | list[str]]:
    return {name if name in BASE_FIELDS else prefix + name: value for name, value in row.items()}


def _from(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    if command.arguments["kind"] == "lookup":
        return world.table(command.arguments["name"], command.at)
    return world.events(command)


def _inventory(command: Command, found: Iterable[Row], world: World) -> Iterable[Row]:  # noqa: ARG001
    """Give what the caller knows of its holdings and settings: the events are rows of this command's own."""
    return world.events(command)


SOURCE_STEPS: Mapping[str, Step] = {
    "makeresults": _makeresults, "inputlookup": _inputlookup, "datamodel": _datamodel, "from": _from,
    "dbinspect": _inventory, "metadata": _inventory, "eventcount": _inventory, "rest": _inventory,
}  # fmt: skip
