"""What a detection asks of one event: a frozen tree of tests, the same for every platform.

Meaning (Sigma's, https://sigmahq.io/sigma-specification): a field holds zero or more text values; a positive
test is true when any of them satisfies it, so a test over an absent field is false and `Never` of it is true.
Text compares without case unless `cased`. `Every(())` is true, `Some(())` is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Op: TypeAlias = Literal[
    "is",  # the whole value; "" is the empty string
    "contains",
    "startswith",
    "endswith",
    "wildcard",  # whole value; * any run, ? one character (newlines too), backslash escapes * ? and itself
    "regex",  # found anywhere in the value (PCRE search); `flags` of "i", "m", "s"; case as flags say
    "cidr",  # value is an address inside the network; a value that is no address does not match
    "exists",  # values ("true",) or ("false",): the field is present with any value, "" included
    "null",  # the field is absent or null; values ()
    "lt",
    "lte",
    "gt",
    "gte",  # numbers; a value that is no number does not match
    "fieldref",  # equals any value of the field named in `values`
    "keyword",  # some value of the event contains it (wildcards as in "wildcard"); field ""
]


@dataclass(frozen=True, slots=True)
class Test:
    """One field against values: any value is enough ("all" is lowered to `Every`)."""

    field: str
    op: Op
    values: tuple[str, ...]
    cased: bool = False
    flags: str = ""

    @property
    def of_absence(self) -> bool:
        """Whether it is true where the field is absent, and only there."""
        return self.op == "null" or (self.op == "exists" and self.values == ("false",))


@dataclass(frozen=True, slots=True)
class Every:
    of: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Some:
    of: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Never:
    of: Predicate


Predicate: TypeAlias = Test | Every | Some | Never


def fold(text: str) -> str:
    """Lower each character on its own, leaving those whose lower case is longer: what every dialect can repeat."""
    return text.lower() if text.isascii() else "".join(low if len(low := c.lower()) == 1 else c for c in text)


def tests(predicate: Predicate) -> Iterator[Test]:
    """Yield every test of the tree, left to right."""
    match predicate:
        case Test():
            yield predicate
        case Never(of):
            yield from tests(of)
        case Every(of) | Some(of):
            for part in of:
                yield from tests(part)


def fields_of(predicate: Predicate) -> tuple[str, ...]:
    """Return the fields the tree reads, those of fieldrefs included, sorted; keywords name none."""
    named = {t.field for t in tests(predicate) if t.op != "keyword"}
    named |= {v for t in tests(predicate) if t.op == "fieldref" for v in t.values}
    return tuple(sorted(named))
