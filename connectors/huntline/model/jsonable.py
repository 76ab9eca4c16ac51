"""Values to JSON and back, without loss: predicates, queries, windows, parts, packs as the ledger keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from huntline.model.case import Told
from huntline.model.chain import Chain, Grade, Join, Pick, Split
from huntline.model.pack import Branch, LogSource, Milestone, Pack, Stage
from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.model.query import Query, Read
from huntline.model.search import Cost, Part
from huntline.model.window import Window


def dumps(value: object) -> str:
    """Write canonical JSON: sorted keys, no spaces, text as is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moment_text(moment: datetime) -> str:
    """Write an aware moment as ISO text in UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day_text(day: date | None) -> str:
    """Write a day as ISO text, None as ""."""
    return day.isoformat() if day else ""


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def predicate_json(predicate: Predicate) -> list[Any]:
    match predicate:
        case Test(field, op, values, cased, flags):
            return ["test", field, op, list(values), cased, flags]
        case Every(of):
            return ["every", [predicate_json(p) for p in of]]
        case Some(of):
            return ["some", [predicate_json(p) for p in of]]
        case Never(of):
            return ["never", predicate_json(of)]


def predicate_of(data: list[Any]) -> Predicate:
    match data:
        case ["test", field, op, values, cased, flags]:
            return Test(field, op, tuple(values), cased, flags)
        case ["every", of]:
            return Every(tuple(map(predicate_of, of)))
        case ["some", of]:
            return Some(tuple(map(predicate_of, of)))
        case ["never", of]:
            return Never(predicate_of(of))
    raise ValueError(f"not a predicate: {data!r}")


@lru_cache(maxsize=1_000)
def logsource_of(text: str) -> LogSource:
    product, category, service = ("" if part == "*" else part for part in text.split("/"))
    return LogSource(product, category, service)


def branches_json(branches: tuple[Branch, ...]) -> list[Any]:
    return [[branch.name, list(branch.fields)] for branch in branches]


def branches_of(data: list[Any]) -> tuple[Branch, ...]:
    return tuple(Branch(name, tuple(fields)) for name, fields in data)


def query_json(query: Query) -> dict[str, Any]:
    return {
        "detection": query.detection,
        "scope": query.scope,
        "logsource": str(query.logsource),
        "population": predicate_json(query.population),
        "predicate": predicate_json(query.predicate),
        "reads": [[read.field, list(read.sigma)] for read in query.reads],
        "branches": branches_json(query.branches),
        "shape": query.shape,
        "text": query.text,
        "exact": query.exact,
        "hash": query.hash,
        "lacks": list(query.lacks),
    }


def query_of(data: Mapping[str, Any]) -> Query:
    return Query(
        detection=data["detection"],
        scope=data["scope"],
        logsource=logsource_of(data["logsource"]),
        population=predicate_of(data["population"]),
        predicate=predicate_of(data["predicate"]),
        reads=tuple(Read(field, tuple(sigma)) for field, sigma in data["reads"]),
        branches=branches_of(data["branches"]),
        shape=data["shape"],
        text=data["text"],
        exact=data["exact"],
        hash=data["hash"],
        lacks=tuple(data.get("lacks", ())),
    )


def window_json(window: Window) -> list[str]:
    return [moment_text(window.start), moment_text(window.end)]


def window_of(data: list[str]) -> Window:
    return Window(moment_of(data[0]), moment_of(data[1]))


def part_json(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "title": part.title,
        "scopes": list(part.scopes),
        "window": window_json(part.window),
        "state": part.state,
        "place": part.place,
        "path": part.path,
        "fingerprint": part.fingerprint,
        "size": part.size,
        "widest": part.widest and part.widest.total_seconds(),
        "narrowest": part.narrowest and part.narrowest.total_seconds(),
        "cost": part.cost and [part.cost.unit, part.cost.amount],
        "words": part.words,
    }


def part_of(data: Mapping[str, Any]) -> Part:
    def span(seconds: float | None) -> timedelta | None:
        return None if seconds is None else timedelta(seconds=seconds)

    return Part(
        key=data["key"],
        title=data["title"],
        scopes=tuple(data["scopes"]),
        window=window_of(data["window"]),
        state=data["state"],
        place=data["place"],
        path=data["path"],
        fingerprint=data["fingerprint"],
        size=data["size"],
        widest=span(data["widest"]),
        narrowest=span(data["narrowest"]),
        cost=Cost(*data["cost"]) if data["cost"] else None,
        words=data["words"],
    )


def pack_json(pack: Pack) -> dict[str, Any]:
    """Write what a report says of a pack; rules themselves stay in the pack."""
    return {
        "id": pack.id,
        "title": pack.title,
        "description": pack.description,
        "stages": [[s.id, s.title, s.rank, s.answer, [window_json(w) for w in s.windows]] for s in pack.stages],
        "milestones": [[moment_text(m.at), m.note] for m in pack.milestones],
        "detections": [
            {
                "id": d.id,
                "title": d.title,
                "description": d.description,
                "level": d.level,
                "stage": d.stage,
                "tags": list(d.tags),
                "references": list(d.references),
                "falsepositives": list(d.falsepositives),
                "logsource": str(d.logsource),
            }
            for d in pack.detections
        ],
        "hash": pack.hash,
        "chain": chain_json(pack.chain),
    }


def stages_of(data: list[Any]) -> tuple[Stage, ...]:
    return tuple(Stage(i, title, rank, answer, tuple(map(window_of, ws))) for i, title, rank, answer, ws in data)


def milestones_of(data: list[Any]) -> tuple[Milestone, ...]:
    return tuple(Milestone(moment_of(at), note) for at, note in data)


def told_of(data: Mapping[str, Any]) -> Told:
    return Told(
        id=data["id"],
        title=data["title"],
        description=data["description"],
        level=data["level"],
        stage=data["stage"],
        tags=tuple(data["tags"]),
        references=tuple(data["references"]),
        falsepositives=tuple(data["falsepositives"]),
        logsource=logsource_of(data["logsource"]),
    )


def chain_json(chain: Chain) -> dict[str, Any]:
    return {
        "grades": [[g.id, g.title, list(g.stages), list(g.expects)] for g in chain.grades],
        "joins": [
            {
                **{name: getattr(join, name) for name in _JOIN_TEXTS},
                "start": _pick_json(join.start),
                "follow": _pick_json(join.follow),
                "seconds": [join.least.total_seconds(), join.most.total_seconds()],
            }
            for join in chain.joins
        ],
        "splits": [[moment_text(s.at), list(s.stages), s.before, s.after] for s in chain.splits],
    }


def chain_of(data: Mapping[str, Any]) -> Chain:
    """Read what `chain_json` wrote; an older ledger's pack, which has none, says nothing."""
    return Chain(
        tuple(Grade(i, title, tuple(stages), tuple(expects)) for i, title, stages, expects in data.get("grades", ())),
        tuple(_join_of(join) for join in data.get("joins", ())),
        tuple(Split(moment_of(at), tuple(stages), *texts) for at, stages, *texts in data.get("splits", ())),
    )


_JOIN_TEXTS = ("id", "title", "within", "sooner", "later", "no_follow", "no_start")


def _join_of(data: Mapping[str, Any]) -> Join:
    least, most = (timedelta(seconds=seconds) for seconds in data["seconds"])
    texts = {name: data[name] for name in _JOIN_TEXTS}
    return Join(start=_pick_of(data["start"]), follow=_pick_of(data["follow"]), least=least, most=most, **texts)


def _pick_json(pick: Pick) -> list[Any]:
    return [pick.what, list(pick.stages), list(pick.products), list(pick.categories), pick.level]


def _pick_of(data: list[Any]) -> Pick:
    what, stages, products, categories, level = data
    return Pick(what, tuple(stages), tuple(products), tuple(categories), level)
