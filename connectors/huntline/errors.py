"""Every error Huntline raises on purpose.

HuntlineError
├── UserError            the caller can mend it
│   ├── ConfigError      a file of the user's, with file, line and key
│   ├── PackError        a pack that cannot be used at all
│   └── Busy             another process holds the tenant's lease
├── LedgerError          the ledger cannot be opened, read or written
├── Transient            a remote failure that asking again may cure
└── Terminal             a remote failure that asking again will not cure
    ├── Denied           the permissions do not suffice
    │   └── Unauthenticated  the credentials are not accepted: asking on would lock them out
    ├── QueryRejected    the platform refuses the text; the engine bisects
    ├── Stale            the object to be written is not the one that was seen
    └── Unreadable       the part is there and cannot be read

An exception outside this tree is a defect of ours: it is told, never retried.
"""

from __future__ import annotations

from datetime import timedelta


class HuntlineError(Exception):
    """Base of all; `advice` is the next step for the reader."""

    def __init__(self, problem: str, *, advice: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice


class UserError(HuntlineError):
    pass


class ConfigError(UserError):
    """A file of the user's is wrong at `line` (1-based, 0 unknown) and `key` (dotted, "" for the whole)."""

    def __init__(self, problem: str, *, file: str, line: int = 0, key: str = "", advice: str = "") -> None:
        super().__init__(problem, advice=advice)
        self.file = file
        self.line = line
        self.key = key

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {f'{self.key}: ' if self.key else ''}{self.problem}"


class PackError(ConfigError):
    pass


class Busy(UserError):
    pass


class LedgerError(HuntlineError):
    pass


class Transient(HuntlineError):
    """`retry_after` is the platform's own delay where it gave one."""

    def __init__(self, problem: str, *, advice: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(problem, advice=advice)
        self.retry_after = retry_after


class Terminal(HuntlineError):
    pass


class Denied(Terminal):
    pass


class Unauthenticated(Denied):
    pass


class QueryRejected(Terminal):
    pass


class Unreadable(Terminal):
    pass


class Stale(Terminal):
    pass
