"""The functions of expressions that need nothing but their arguments (help.splunk.com: Evaluation functions)."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

from lab.spl.patterns import like, pcre
from lab.spl.values import Value, kept, number, several, text

Kind: TypeAlias = Literal["value", "truth"]


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments, what they are (v value, b truth, * either; the last letters repeat), and what comes out.

    `run` gets the arguments' values; unless `nulls`, it is not called when one is null, and null comes out.
    """

    least: int
    most: int | None
    run: Callable[..., Value] | None
    takes: str = "v"
    gives: Kind = "value"
    nulls: bool = False


def _each(change: Callable[..., str | None]) -> Callable[..., Value]:
    """Apply to each value of a multivalue: not documented for most functions, inferred."""

    def run(subject: Value, *rest: Value) -> Value:
        changed = [change(one, *rest) for one in several(subject)]
        return kept([one for one in changed if one is not None])

    return run


def _some(holds: Callable[..., bool]) -> Callable[..., Value]:
    """Hold if any value of a multivalue does: not documented, inferred."""
    return lambda subject, *rest: any(holds(one, *rest) for one in several(subject))


def _numeric(work: Callable[..., float | None]) -> Callable[..., Value]:
    def run(*values: Value) -> Value:
        numbers = [number(one) for one in values]
        return None if any(one is None for one in numbers) else work(*numbers)

    return run


def _substr(value: str, start: Value, length: Value = None) -> str | None:
    """Count from 1, or from the end below 0."""
    first, size = number(start), number(length)
    if first is None:
        return None
    begin = int(first) - 1 if first > 0 else max(len(value) + int(first), 0) if first < 0 else 0
    return value[begin:] if size is None else value[begin : begin + int(size)]


def _replace(value: str, pattern: Value, by: Value) -> str:
    r"""Replace each match; \1 stands for a group."""
    return pcre(str(pattern)).sub(
        lambda found: re.sub(r"\\(\d)", lambda group: found[int(group[1])] or "", text(by) or ""), value
    )


def _round(value: float, digits: float = 0) -> float:
    """Round half away from zero, as the documentation's examples do."""
    scale = 10 ** max(0, min(int(digits), 15))
    rounded = math.floor(abs(value) * scale + 0.5) / scale * (1 if value >= 0 else -1)
    return int(rounded) if not digits else rounded


def _tonumber(value: Value, base: Value = 10) -> Value:
    if base == 10:
        return number(value)
    try:
        return int(str(value), int(str(base)))
    except ValueError:
        return None


def _tostring(value: Value, layout: Value = None) -> Value:
    amount = number(value)
    if layout is None or amount is None:
        return text(value)
    if layout == "hex":
        return f"0x{int(amount):X}"
    if layout == "commas":
        return f"{_round(amount, 2):,.2f}" if isinstance(amount, float) else f"{amount:,}"
    days, rest = divmod(int(amount), 86400)  # duration
    return (f"{days}+" if days else "") + f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def _extreme(pick: Callable[..., Any]) -> Callable[..., Value]:
    """Text ranks above numbers in max and below none in min."""

    def run(*values: Value) -> Value:
        present = [
            one for value in values for one in (value if isinstance(value, list) else [value]) if one is not None
        ]
        ranked = [(number(one) is None, number(one) if number(one) is not None else one) for one in present]
        return pick(ranked)[1] if ranked else None

    return run


def _mvindex(values: Value, start: Value, end: Value = None) -> Value:
    """Both ends are inside; below 0 counts from the end."""
    found, first, last = several(values), number(start), number(start if end is None else end)
    if first is None or last is None:
        return None
    begin, stop = (int(edge) + len(found) if edge < 0 else int(edge) for edge in (first, last))
    return kept(found[begin : stop + 1]) if 0 <= begin <= stop else None


def _mvfind(values: Value, pattern: Value) -> Value:
    places = (at for at, one in enumerate(several(values)) if pcre(str(pattern)).search(one))
    return next(places, None)


def _split(value: Value, mark: Value) -> Value:
    whole = text(value) or ""
    return kept(whole.split(str(mark)) if mark else list(whole))


def _extracted(document: Value, *paths: Value) -> Value:
    """Follow names by dots and places by {n} or {} (help.splunk.com: json_extract; spath)."""
    try:
        whole = json.loads(text(document) or "")
    except ValueError:
        return None
    found = [one for path in paths for one in _followed([whole], re.findall(r"[^.{}]+|\{\d*\}", str(path)))]
    return kept(
        [one if isinstance(one, str) else json.dumps(one, separators=(",", ":")) for one in found if one is not None]
    )


def _followed(values: list[Any], steps: list[str]) -> list[Any]:
    for step in steps:
        if step == "{}":
            values = [one for value in values if isinstance(value, list) for one in value]
        elif step.startswith("{"):
            place = int(step[1:-1])
            values = [value[place] for value in values if isinstance(value, list) and place < len(value)]
        else:
            values = [value[step] for value in values if isinstance(value, dict) and step in value]
    return values


def _in(value: Value, *others: Value) -> Value:
    """Compare text with case, without wildcards or networks; null is in nothing: null (inferred)."""
    if value is None:
        return None
    listed = {one for other in others for one in several(other)}
    return any(one in listed for one in several(value))


def _same(left: Value, right: Value) -> bool:
    return text(left) == text(right)


def _hash(name: str) -> Callable[..., Value]:
    return lambda value: hashlib.new(name, (text(value) or "").encode(), usedforsecurity=False).hexdigest()


def _strip(method: Callable[[str, str], str]) -> Callable[..., Value]:
    return _each(lambda value, letters=" \t": method(value, str(letters)))


FUNCTIONS: dict[str, Function] = {
    # Evaluated by `evaluate.py`, which decides which arguments are looked at.
    "if": Function(3, 3, None, "b**"), "case": Function(2, None, None, "b*"), "validate": Function(2, None, None, "bv"),
    "mvfilter": Function(1, 1, None, "b"), "mvmap": Function(2, 2, None), "searchmatch": Function(1, 1, None, gives="truth"),
    "now": Function(0, 0, None), "time": Function(0, 0, None), "relative_time": Function(2, 2, None),
    "strftime": Function(2, 2, None), "strptime": Function(2, 2, None),
    # Truths.
    "true": Function(0, 0, lambda: True, gives="truth"), "false": Function(0, 0, lambda: False, gives="truth"),
    "match": Function(2, 2, _some(lambda one, pattern: pcre(str(pattern)).search(one) is not None), gives="truth"),
    "like": Function(2, 2, _some(lambda one, pattern: like(str(pattern)).fullmatch(one) is not None), gives="truth"),
    "cidrmatch": Function(2, 2, None, gives="truth"),
    "in": Function(2, None, _in, gives="truth", nulls=True),
    "isnull": Function(1, 1, lambda one: one is None, gives="truth", nulls=True),
    "isnotnull": Function(1, 1, lambda one: one is not None, gives="truth", nulls=True),
    "isnum": Function(1, 1, lambda one: number(one) is not None, gives="truth", nulls=True),
    "isint": Function(1, 1, lambda one: isinstance(number(one), int), gives="truth", nulls=True),
    "isstr": Function(1, 1, lambda one: one is not None and number(one) is None, gives="truth", nulls=True),
    "isbool": Function(1, 1, lambda one: isinstance(one, bool), takes="*", gives="truth", nulls=True),
    # Values.
    "null": Function(0, 0, lambda: None),
    "coalesce": Function(1, None, lambda *some: next((one for one in some if one is not None), None), nulls=True),
    "nullif": Function(2, 2, lambda a, b: None if _same(a, b) else a, nulls=True),
    "lower": Function(1, 1, _each(str.lower)), "upper": Function(1, 1, _each(str.upper)),
    "len": Function(1, 1, lambda one: len(text(one) or "")), "substr": Function(2, 3, _each(_substr)),
    "replace": Function(3, 3, _each(_replace)), "urldecode": Function(1, 1, _each(unquote)),
    "trim": Function(1, 2, _strip(str.strip)), "ltrim": Function(1, 2, _strip(str.lstrip)),
    "rtrim": Function(1, 2, _strip(str.rstrip)),
    "tostring": Function(1, 2, _tostring, takes="*v"), "tonumber": Function(1, 2, _tonumber),
    "round": Function(1, 2, _numeric(_round)), "abs": Function(1, 1, _numeric(abs)),
    "ceiling": Function(1, 1, _numeric(math.ceil)), "ceil": Function(1, 1, _numeric(math.ceil)),
    "floor": Function(1, 1, _numeric(math.floor)),
    "max": Function(1, None, _extreme(max), nulls=True), "min": Function(1, None, _extreme(min), nulls=True),
    "md5": Function(1, 1, _hash("md5")), "sha1": Function(1, 1, _hash("sha1")), "sha256": Function(1, 1, _hash("sha256")),
    "mvcount": Function(1, 1, lambda one: len(several(one))), "mvindex": Function(2, 3, _mvindex),
    "mvjoin": Function(2, 2, lambda some, mark: str(mark).join(several(some))),
    "mvappend": Function(1, None, lambda *some: kept([one for part in some for one in several(part)]), nulls=True),
    "mvfind": Function(2, 2, _mvfind), "mvdedup": Function(1, 1, lambda some: kept(list(dict.fromkeys(several(some))))),
    "split": Function(2, 2, _split), "json_extract": Function(1, None, _extracted), "spath": Function(2, 2, _extracted),
}  # fmt: skip
