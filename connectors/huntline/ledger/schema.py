"""The ledger's tables. Days are ISO text ("" for undated), moments ISO text in UTC, structures JSON text."""

from __future__ import annotations

from sqlalchemy import DDL, Column, Float, Index, Integer, MetaData, String, Table, Text, event

TABLES = MetaData()

VERSION = Table("schema_version", TABLES, Column("version", Integer, primary_key=True))

LEASES = Table(
    "leases",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", String, nullable=False),
)

PACKS = Table("packs", TABLES, Column("hash", String, primary_key=True), Column("body", Text, nullable=False))

QUERIES = Table(
    "queries",
    TABLES,
    Column("hash", String, primary_key=True),
    Column("detection", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("body", Text, nullable=False),
)

HUNTS = Table(
    "hunts",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("customer", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("since", String, nullable=False),
    Column("until", String, nullable=False),
    Column("pack", String, nullable=False),
    Column("plan", Text, nullable=False),  # queries, refusals, scopes and parts of this hunt
    Column("state", String, nullable=False),  # open, closed
    Column("started", String, nullable=False),
    Column("finished", String, nullable=False),
    Index("hunts_by_tenant", "tenant", "id"),
)

PARTS = Table(
    "parts",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("place", String, nullable=False),  # where it lies; another part at the same place later supersedes it
    Column("hunt", Integer, nullable=False),  # the latest hunt that saw it
    Column("body", Text, nullable=False),
    Index("parts_by_place", "tenant", "place"),
)

ORDERS = Table(
    "orders",
    TABLES,
    Column("ticket", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("hunt", Integer, nullable=False),
    Column("part", String, nullable=False),
    Column("start", String, nullable=False),
    Column("end", String, nullable=False),
    Column("queries", Text, nullable=False),
    Column("want", String, nullable=False),
    Column("reference", String, nullable=False),  # "" while none is known
    Column("state", String, nullable=False),  # open, closed, released
    Column("opened", String, nullable=False),
    Index("orders_by_state", "tenant", "state"),
)

INTERVALS = Table(
    "intervals",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("query", String, primary_key=True),
    Column("start", String, primary_key=True),
    Column("end", String, nullable=False),
)

GAPS = Table(
    "gaps",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("query", String, primary_key=True),
    Column("start", String, primary_key=True),
    Column("end", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("words", Text, nullable=False),
)

READINGS = Table(
    "readings",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("start", String, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("unreadable", Integer, nullable=False),
    Column("unclaimed", Integer, nullable=False),
    Column("strange", Text, nullable=False),
    Column("reason", String, nullable=False),
    Column("words", Text, nullable=False),
)

ARRIVALS = Table(
    "arrivals",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("until", String, nullable=False),  # the platform's own time; what arrived before it was there to be searched
)

DAYS = Table(
    "days",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("logsource", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("events", Integer, nullable=False),
    Column("alive", Integer, nullable=False),
)

FILLS = Table(
    "fills",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("logsource", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("fields", Text, nullable=False),  # whether each was filled, as JSON: true, false, or null: not known
)

SEEN = Table(
    "seen",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("hosts", Text, nullable=False),  # names, a sorted list: they add up over parts, counts do not
)

FLOODS = Table(
    "floods",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("query", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("start", String, primary_key=True),  # of the search that counted: a day may be counted in pieces
    Column("matches", Integer, nullable=False),
)

COSTS = Table(
    "costs",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("ticket", String, primary_key=True),  # of the search; asking again adds nothing
    Column("part", String, nullable=False),
    Column("start", String, nullable=False),
    Column("end", String, nullable=False),
    Column(
        "spent", Float, nullable=False
    ),  # in the unit of the part; of a search that was stopped, what it would have cost
)

EVENTS = Table(
    "events",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("time", String, nullable=False),  # "" undated
    Column("happened", String, nullable=False),
    Column("fields", Text, nullable=False),
    Column("entities", Text, nullable=False),
    Column("raw", Text, nullable=False),
)

SIGHTINGS = Table(
    "sightings",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("part", String, primary_key=True),
)

WRITES = Table(
    "writes",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("plan", String, nullable=False),  # hash of the plan, rollback or purge that asked for it
    Column("kind", String, nullable=False),
    Column("remote_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("action", String, nullable=False),
    Column("phase", String, nullable=False),  # begun, done, failed
    Column("at", String, nullable=False),
    Column("who", String, nullable=False),
    Column("reference", String, nullable=False),  # of a change ticket
    Column("request", String, nullable=False),  # the platform's id of the request
    Column("words", Text, nullable=False),
    Column("before", Text, nullable=False),  # the object that was there, whole; "" none
    Column("after", Text, nullable=False),
    Column("needs", Text, nullable=False),  # keys of what the object needs, as JSON
    Index("writes_by_object", "tenant", "kind", "remote_id", "id"),
    Index("writes_by_plan", "plan", "tenant"),
)
"""An audit: rows are added, never changed nor removed (SQLite refuses it)."""

for _deed in ("UPDATE", "DELETE"):
    event.listen(
        WRITES,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
            f"CREATE TRIGGER writes_{_deed.lower()} BEFORE {_deed} ON writes "
            "BEGIN SELECT RAISE(ABORT, 'the audit of writes only grows'); END"
        ).execute_if(dialect="sqlite"),
    )

CHOICES = Table(
    "choices",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("remote_id", String, primary_key=True),
    Column("path", String, primary_key=True),  # of a field; "" the object as a whole
    Column("choice", String, nullable=False),  # adopt, overwrite, ignore
    Column("value", Text, nullable=False),  # what stood there when it was chosen, as JSON
    Column("who", String, nullable=False),
    Column("at", String, nullable=False),
)

CLAIMS = Table(
    "claims",
    TABLES,
    Column("tenant", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("detection", String, primary_key=True),
    Column("query", String, nullable=False),
    Column("hunt", Integer, nullable=False),  # the first that found it
    Column("evidence", Text, nullable=False),
)
