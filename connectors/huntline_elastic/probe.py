"""Look at a connection, and change nothing: who asks, what the key may do, how far each source reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from huntline.errors import HuntlineError, QueryRejected
from huntline.model.window import Window
from huntline.ports import Finding, clock_found
from huntline_elastic.coverage import searched
from huntline_elastic.eql import Ask, submit
from huntline_elastic.hunt import ElasticHunter
from huntline_elastic.reach import Target
from huntline_elastic.rows import EPOCH, event_id, when
from huntline_elastic.settings import Settings
from huntline_elastic.terrain import PRIVILEGES, WINDOW, Look, Rights, look, rights

EVER = Window(EPOCH, datetime(2100, 1, 1, tzinfo=UTC))
TOO_MUCH_CLUSTER = ("all", "manage", "manage_security", "manage_api_key", "manage_ilm", "manage_index_templates")
TOO_MUCH_INDEX = ("all", "write", "delete", "delete_index", "manage", "create_index")
SAMPLE = 5  # events asked for twice


def probe(hunter: ElasticHunter, settings: Settings) -> Iterator[Finding]:
    """Yield what is found, the connection first: where that fails, nothing else is asked."""
    yield _tls(settings)
    try:
        who = hunter.client.ask("GET", "/_security/_authenticate").body
    except HuntlineError as error:
        yield Finding("connection", "fail", f"{error.problem}: {error.advice}".removesuffix(": "))
        return
    yield Finding("connection", "ok", "Elasticsearch answers")
    yield Finding("identity", "ok", _identity(who))
    yield _told(
        "version", hunter, "/", lambda told: f"{told['version']['number']}, {told['version'].get('build_flavor', '')}"
    )
    yield _told("licence", hunter, "/_license", lambda told: f"{told['license']['type']}, {told['license']['status']}")
    yield clock_found(hunter.clock)
    targets = [target for scope in hunter.compiler.bounds for target in hunter.targets(scope)]
    known = rights(hunter.client, {pattern for target in targets for pattern in target.path.split(",")})
    yield from _privileges(hunter, known)
    yield _narrowed(hunter, who)
    yield from _remote(targets)
    yield from _reach(hunter, targets, known)
    yield _size_bounded(hunter, targets)


def _tls(settings: Settings) -> Finding:
    if not settings.verify:
        return Finding("tls", "warn", "the server's certificate is not verified: what answers could be anybody")
    trusted = f"the file {settings.ca}" if settings.ca else "one fingerprint" if settings.fingerprint else "public CAs"
    return Finding("tls", "ok", f"the server's certificate is verified; trusted is {trusted}")


def _identity(who: Mapping[str, Any]) -> str:
    key = who.get("api_key") or {}
    named = f"API key {key.get('name') or key.get('id')} of " if key else ""
    return f"{named}{who.get('username', 'nobody')}, roles: {', '.join(who.get('roles') or ()) or 'none'}"


def _told(name: str, hunter: ElasticHunter, path: str, words: Callable[[Mapping[str, Any]], str]) -> Finding:
    """Ask what a key for hunting need not be allowed to know."""
    try:
        return Finding(name, "ok", words(hunter.client.ask("GET", path).body).removesuffix(", "))
    except HuntlineError as error:
        return Finding(name, "unknown", f"the key may not ask: {error.problem}")


def _privileges(hunter: ElasticHunter, known: Rights) -> Iterator[Finding]:
    if not known.of:
        yield Finding("privileges", "unknown", "the cluster does not say what the key may do")
        return
    for privilege in PRIVILEGES:
        without = sorted(name for name, held in known.of.items() if privilege not in held)
        words = f"missing on {', '.join(without)}" if without else "present on every pattern"
        yield Finding(f"privilege {privilege}", "fail" if without else "ok", words)
    body = {
        "cluster": list(TOO_MUCH_CLUSTER),
        "index": [{"names": sorted(known.of), "privileges": list(TOO_MUCH_INDEX)}],
    }
    try:
        told = hunter.client.ask("POST", "/_security/user/_has_privileges", body=body).body
    except HuntlineError as error:
        yield Finding("privileges beyond need", "unknown", error.problem)
        return
    more = {name for name, has in told.get("cluster", {}).items() if has}
    more |= {name for held in told.get("index", {}).values() for name, has in held.items() if has}
    words = f"more than hunting needs: {', '.join(sorted(more))}" if more else "none"
    yield Finding("privileges beyond need", "warn" if more else "ok", words)


def _narrowed(hunter: ElasticHunter, who: Mapping[str, Any]) -> Finding:
    """Look for document and field level security: what it hides is missing from every answer without a word."""
    name, key = "limited view", (who.get("api_key") or {}).get("id")
    if not key:
        return Finding(name, "unknown", "only a key's own description tells it, and this is no API key")
    try:
        told = hunter.client.ask("GET", "/_security/api_key", params={"id": key, "owner": "true"}).body
    except HuntlineError as error:
        return Finding(name, "unknown", f"the key may not read its own description: {error.problem}")
    roles = [role for one in told.get("api_keys", ()) for role in (one.get("role_descriptors") or {}).values()]
    grants = [grant for role in roles for grant in role.get("indices") or role.get("index") or ()]
    narrow = sorted({str(grant.get("names")) for grant in grants if grant.get("query") or grant.get("field_security")})
    if narrow:
        return Finding(name, "fail", f"documents or fields are hidden from the key: {', '.join(narrow)}")
    return Finding(name, "ok", "the key's description hides no documents and no fields; its owner's roles may")


def _remote(targets: list[Target]) -> Iterator[Finding]:
    """Warn of every other cluster: what it holds is found, and its silence proves nothing."""
    for cluster in sorted({target.cluster for target in targets} - {""}):
        words = "hunted, and never clean through this tenant: make it a tenant of its own"
        yield Finding(f"cluster {cluster}", "warn", words)


def _reach(hunter: ElasticHunter, targets: list[Target], known: Rights) -> Iterator[Finding]:
    compared = False
    for target in targets:
        name = f"reach of {target.title}"
        try:
            found = look(hunter.client, target.path, target.cluster, known)
        except HuntlineError as error:
            yield Finding(name, "fail", error.problem)
            continue
        if found.state != "searchable":
            yield Finding(name, "warn" if found.state == "gone" else "fail", found.words)
            continue
        yield _span(hunter, name, target, found)
        if not compared:
            compared = True
            yield _same_twice(hunter, target, found)


def _span(hunter: ElasticHunter, name: str, target: Target, found: Look) -> Finding:
    time = hunter.compiler.bounds[target.scope].source.time
    edges = {"oldest": {"min": {"field": time}}, "newest": {"max": {"field": time}}}
    try:
        told = searched(hunter.client, found.path, {"match_all": {}}, edges, dict)
    except HuntlineError as error:
        return Finding(name, "fail", error.problem)
    span = " to ".join(_day(told.get(edge, {}).get("value")) for edge in edges)
    tiers = Counter(_tier(index) for index in found.indices)
    held = ", ".join(f"{count} {tier}" for tier, count in sorted(tiers.items()))
    words = f"{span}; indices: {held}"
    return Finding(name, "warn" if found.hidden else "ok", f"{words}; {found.hidden}".removesuffix("; "))


def _day(milliseconds: float | None) -> str:
    return "nothing" if milliseconds is None else f"{EPOCH + timedelta(milliseconds=milliseconds):%Y-%m-%d}"


def _tier(index: str) -> str:
    name = index.rpartition(":")[2]
    return "frozen" if name.startswith("partial-") else "mounted" if name.startswith("restored-") else "in place"


def _same_twice(hunter: ElasticHunter, target: Target, found: Look) -> Finding:
    """Ask the same twice: an event must bear the same id each time, or hits would double."""
    time, name = hunter.compiler.bounds[target.scope].source.time, "same ids"
    fields = [{"field": time, "format": "strict_date_optional_time"}]
    ask = Ask(found.path, "any where true", time, EVER.start, EVER.end, SAMPLE, fields, {}, True, "")
    try:
        first, second = (_ids(submit(hunter.client, ask, wait=timedelta(seconds=20)), time) for _ in range(2))
    except HuntlineError as error:
        return Finding(name, "unknown", error.problem)
    if not first:
        return Finding(name, "unknown", "there is no event to compare")
    same = sorted(first) == sorted(second)
    words = f"the same {len(first)} events bear the same ids" if same else "two equal searches gave different ids"
    return Finding(name, "ok" if same else "fail", words)


def _size_bounded(hunter: ElasticHunter, targets: list[Target]) -> Finding:
    """Settle what nobody documents: whether EQL refuses to be asked for more than an index's result window."""
    name, pattern = "eql-size-within-result-window", next((one.path for one in targets if "*" in one.path), "*")
    nobody = Window(EVER.end - timedelta(milliseconds=1), EVER.end)
    ask = Ask(pattern, "any where true", "@timestamp", nobody.start, nobody.end, WINDOW + 1, [], {}, True, "")
    try:
        submit(hunter.client, ask, wait=timedelta(seconds=20))
    except QueryRejected:
        return Finding(name, "ok", f"more than {WINDOW} events are refused")
    except HuntlineError as error:
        return Finding(name, "unknown", error.problem)
    return Finding(
        name, "warn", f"more than {WINDOW} events may be asked for, or nothing of the first source is stored"
    )


def _ids(told: Mapping[str, Any], time: str) -> list[str]:
    events = told.get("hits", {}).get("events", ())
    return [event_id(event, when(event, time)) for event in events]
