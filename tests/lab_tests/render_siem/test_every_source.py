"""Laws of every renderer: each event is rendered or refused with a reason, and what it says is in the row or named lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Final
from xml.sax.saxutils import escape

import pytest

from lab.render.siem.catalogue import CATALOGUE, Source, sources
from lab.render.siem.labelled import Labelled, Row, read
from lab.render.siem.sentinel_schema import types
from lab_tests.render_siem.labels import PROCESS, TOLD_APART, Label, pack_events

EVERY = pytest.mark.parametrize("name", sorted(CATALOGUE))
# What frames an event, and what is spelt in the platform's own words: laws of their own hold it.
FRAME = {"note", "@timestamp", "UtcTime", "ts", "uid", "Hostname", "Channel", "EventID"}
OWN_WORDS = {"Initiated", "SignatureStatus", "Signed", "IntegrityLevel", "QueryStatus", "EventType"}
WHOLE = {"_raw", "message", "RenderedDescription", "ParameterXml", "event.original"}


@EVERY
def test_an_event_of_the_pack_is_rendered_or_the_source_says_why_it_never_holds_one(name: str) -> None:
    """A renderer that silently gives nothing would make its source look unable, and every rule of it pass."""
    source = CATALOGUE[name]

    silent = {
        label.logsource
        for label in pack_events()
        if (source.render(label.event, label.logsource) is None) != never(source, read_(label))
    }

    assert set() == silent


@EVERY
@pytest.mark.parametrize("label", TOLD_APART, ids=lambda label: f"{label.logsource}{label.event.get('EventID', '')}")
def test_what_an_event_says_is_in_its_row_unless_it_is_named_as_lost(name: str, label: Label) -> None:
    """A field dropped without a word would make its source look blind where it sees."""
    source, seen = CATALOGUE[name], read_(label)
    row = source.render(label.event, label.logsource)
    if row is None:
        assert never(source, seen)
        return

    found = {field for field in fields(seen) if holds(row, spellings(field, label.event[field]))}
    lost = {field for field in fields(seen) if is_lost(source, seen, field)}

    assert fields(seen) - found == lost & fields(seen)


@EVERY
def test_every_event_of_the_pack_is_said_in_its_row_unless_named_as_lost(name: str) -> None:
    """The pack's events hold what rules are about: odd cases, empty answers, tunnels."""
    source, missing = CATALOGUE[name], set()
    for label in pack_events():
        seen, row = read_(label), source.render(label.event, label.logsource)
        for field in fields(seen) if row else ():
            if row and not is_lost(source, seen, field) and not holds(row, spellings(field, label.event[field])):
                missing.add((label.logsource, field, str(label.event[field])))

    assert set() == missing


@EVERY
def test_two_events_that_differ_in_one_field_are_told_apart_by_their_ids(name: str) -> None:
    """Rows are counted by id: two events of one id would be one hit."""
    rows = [row for label in pack_events() if (row := CATALOGUE[name].render(label.event, label.logsource))]
    ids = [tuple(str(row[field]) for field in ("_cd", "_id", "ReportId") if field in row) for row in rows]

    assert len([one for one in ids if one]) == len({one for one in ids if one})


@pytest.mark.parametrize("name", [name for name in sorted(CATALOGUE) if name.startswith("splunk")])
def test_splunk_knows_text_and_lists_of_text_only(name: str) -> None:
    """Everything the search interface returns is text."""
    kinds = {type(value) for row in rows(name) for value in values(row)}

    assert {str} == kinds


@pytest.mark.parametrize("name", [name for name in sorted(CATALOGUE) if name.startswith("sentinel")])
def test_every_column_of_a_row_is_of_the_type_its_table_declares(name: str) -> None:
    """A number written as text, or a column nobody has, would let a query pass that the workspace refuses."""
    aliases = {
        "EventSchema",
        "IpAddr",
        "User",
        "Process",
        "SrcProcessName",
        "Domain",
        "DnsResponseCodeName",
        "Hostname",
        "UserAgent",
    }
    python = {"int": int, "long": int, "string": str, "datetime": str, "dynamic": dict}
    wrong = set()
    for row in rows(name):
        declared = dict(types(str(row["Type"]))) | (
            dict.fromkeys(aliases, "string") if name.endswith("function") else {}
        )
        wrong |= {
            (row["Type"], column)
            for column, value in row.items()
            if type(value) is not python.get(declared.get(column, ""))
        }

    assert set() == wrong


@pytest.mark.parametrize("name", [name for name in sorted(CATALOGUE) if name.startswith("elastic")])
def test_numbers_and_addresses_have_the_types_of_the_ecs_mapping(name: str) -> None:
    """A port as text or an address with its ::ffff: would be refused or missed by the real mapping."""
    whole = {
        field
        for row in rows(name)
        for field, value in row.items()
        if field.endswith((".pid", ".port", "status_code")) and type(value) is not int
    }
    for row in rows(name):
        for field in ("source.ip", "destination.ip", "dns.resolved_ip"):
            found = row.get(field, [])
            assert all(str(ip_address(str(one))) == one for one in (found if isinstance(found, list) else [found]))

    assert set() == whole


@EVERY
def test_an_absent_field_has_no_key_and_a_row_is_plain_json(name: str) -> None:
    """Absent and empty differ to every engine; rows travel as JSON."""
    alone = CATALOGUE[name].render({"Image": "C:\\a.exe"}, "windows/process_creation/*") or {}

    assert None not in alone.values()
    assert alone == json.loads(json.dumps(alone))


def test_the_same_event_gives_the_same_row() -> None:
    """Ids are made from the content, not counted: a rehearsal repeated finds the same hits."""
    for render in sources().values():
        assert render(PROCESS.event, PROCESS.logsource) == render(dict(PROCESS.event), PROCESS.logsource)


def test_a_log_source_nobody_renders_is_an_error_not_an_absence() -> None:
    """None says that a source cannot hold an event; not knowing a log source says nothing of the kind."""
    with pytest.raises(LookupError, match="windows/file_access"):
        CATALOGUE["splunk_sysmon"].render({}, "windows/file_access/*")
    with pytest.raises(LookupError, match="linux"):
        CATALOGUE["sentinel_xdr"].render({}, "linux/process_creation/*")


def read_(label: Label) -> Labelled:
    return read(label.event, label.logsource)


def never(source: Source, seen: Labelled) -> bool:
    return bool({seen.kind, seen.system, f"{seen.system} {seen.kind}"} & set(source.never))


def is_lost(source: Source, seen: Labelled, field: str) -> bool:
    return bool({field, f"{seen.kind}.{field}", f"{seen.system} {seen.kind}.{field}"} & set(source.lost))


def rows(name: str) -> list[Row]:
    labels = (*pack_events(), *TOLD_APART)
    return [row for label in labels if (row := CATALOGUE[name].render(label.event, label.logsource))]


def fields(seen: Labelled) -> set[str]:
    """Return the fields that say something: "-" and "" are Windows' words for nothing."""
    return {name for name, value in seen.says.items() if name not in FRAME | OWN_WORDS and value not in ("", "-", [])}


def holds(row: Row, wanted: list[str]) -> bool:
    told = "\n".join(
        str(value).lower() for field, one in row.items() if field not in WHOLE for value in values({field: one})
    )
    return all(any(way.lower() in told for way in ways.split("\n")) for ways in wanted)


def spellings(field: str, value: object) -> list[str]:
    """Return what a row must hold; alternatives stand on lines of their own."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return SPELT[field](str(value)) if field in SPELT else [str(value)]


def digests(listed: str) -> list[str]:
    """Leave the import hash out: several sources have no place for it alone."""
    return [pair.partition("=")[2] for pair in listed.split(",") if not pair.upper().startswith("IMPHASH")]


SPELT: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "Hashes": digests,
    "Hash": digests,
    "TaskContent": lambda told: [f"{told}\n{escape(told)}"],  # an event written as XML
    "TaskContentNew": lambda told: [f"{told}\n{escape(told)}"],
    "ProcessId": lambda told: [f"{told}\n{int(told):#x}"],
    "ParentProcessId": lambda told: [f"{told}\n{int(told):#x}"],
    "LogonId": lambda told: [f"{told}\n{int(told, 16)}"],
    "User": lambda told: [told.rpartition("\\")[2]],
    "ParentUser": lambda told: [told.rpartition("\\")[2]],
    "QueryResults": lambda told: [one.removeprefix("::ffff:") for one in told.split(";") if one],
    "TargetObject": lambda told: [told.partition("\\")[2].rpartition("\\")[0]],  # hives are spelt anew
    "ProcessGuid": lambda told: [told.strip("{}")],
    "cs-host": lambda told: [told.partition(":")[0]],
    "c-uri": lambda told: [told.rpartition("//")[2].rstrip("/")],
}


def values(row: Mapping[str, object]) -> Iterator[object]:
    for value in row.values():
        if isinstance(value, list):
            yield from value
        elif isinstance(value, dict):
            yield from values(value)
        else:
            yield value
