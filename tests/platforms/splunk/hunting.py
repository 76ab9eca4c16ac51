"""What the laws of Splunk's traps share: a deployment, a ledger, a fault, all days."""

from __future__ import annotations

from datetime import timedelta

from conformance.hunting.ground import (
    START,
    verdict_on,
)
from conformance.hunting.splunk_ground import JOBS, LOOKED, SplunkGround
from huntline.ledger.store import Ledger
from lab.serve.faults import Fault, What, When
from lab.splunk.settings import HUNTER, Role, SplunkSettings, User

DAY = timedelta(days=1)
READ = "huntline_[a-z0-9]{40}/results$"  # the rows of a search for an order
DAYS = tuple(START + n * DAY for n in range(62))


def once(ground: SplunkGround, what: What, *, path: str = JOBS, says: str = LOOKED, times: int | None = 1) -> None:
    ground.running.faults.add(Fault(what, When(path=path, says=says, times=times)))


def all_verdicts(ledger: Ledger) -> set[str]:
    return {verdict for day in DAYS for verdict in verdict_on(ledger, day)}


def as_role(role: Role) -> SplunkSettings:
    return SplunkSettings(users=(User(HUNTER.name, HUNTER.password, role),))
