"""Apply: do what a plan says over what it saw, or say that the world moved. A second run finishes a first one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from huntline.crew import Course, Piece
from huntline.deploy.means import Target
from huntline.errors import HuntlineError, LedgerError, Stale, Terminal, Unauthenticated, UserError
from huntline.ledger.lease import leased
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Object, Order, Phase, Write, record
from huntline.model.deployed import Deployed, Written
from huntline.model.mark import RETIRED, Mark
from huntline.model.paths import flat, with_values
from huntline.model.plan import Change, TenantPlan
from huntline.remote import patient

MOVED = "is not what the plan saw: somebody changed it since"
LAGS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))
"""How long a read that does not show a write yet is waited for."""

Tell = Callable[["Done"], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one change. `end`: `done` now, `found` done already, `moved`, `failed`, `skipped` for a need of it."""

    tenant: str
    change: Change
    end: str
    words: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """`done`: one for each change that writes, in the plan's order."""

    tenant: str
    done: tuple[Done, ...]

    @property
    def whole(self) -> bool:
        return all(one.end in ("done", "found") for one in self.done)


@dataclass(slots=True)
class _Run:
    """One apply to one tenant, and what of it has ended. Its pieces write to `ends` one key each."""

    plan: TenantPlan
    target: Target
    order: Order
    ledger: Ledger
    tell: Tell
    held: dict[Object, Deployed] = field(default_factory=dict)
    ends: dict[Object, Done] = field(default_factory=dict)

    def end(self, change: Change, end: str, words: str = "", request: str = "") -> None:
        done = Done(self.plan.tenant, change, end, words, request)
        self.ends[(change.kind, change.remote_id)] = done
        self.tell(done)


def applying(plan: TenantPlan, target: Target, order: Order, ledger: Ledger, tell: Tell) -> Course[Applied]:
    """Apply one tenant's plan, as many objects at once as it has slots.

    A failing object is told and hurts no other but those that need it. Raises before any write what stands in the way of
    all: Busy, another place than the plan's, a platform that is not ready; and in between, credentials that are refused
    and a ledger that cannot be written.
    """
    writing = [change for change in plan.changes if change.writes]
    run = _Run(plan, target, order, ledger, tell)
    if not writing:
        return Applied(plan.tenant, ())
    with leased(ledger, plan.tenant, "written to"):
        _expect_ready(run)
        for kind in dict.fromkeys(change.kind for change in writing):
            run.held |= {(one.kind, one.remote_id): one for one in patient(target.patience, target.deployer.held, kind)}
        for level in _levels(writing):
            yield [_piece(change, run) for change in level]
        yield [_proof(run)]
    return Applied(plan.tenant, tuple(run.ends[(change.kind, change.remote_id)] for change in writing))


def as_wanted(there: Deployed | None, change: Change, target: Target) -> bool:
    """Say whether an object is already as a change would leave it."""
    if change.action == "retire":
        return there is None or bool(there.mark and there.mark.retired and there.state != "on")
    if there is None or change.artifact is None or there.mark != change.artifact.mark:
        return False
    normal = flat(with_values(target.deployer.normal(change.artifact), change.instead))
    now = flat(there.managed)
    return all(now.get(path) == value for path, value in normal.items()) and (there.state == "on") == change.on


def _expect_ready(run: _Run) -> None:
    deployer = run.target.deployer
    if deployer.place != run.plan.place:
        problem = f"{run.plan.tenant}: the plan is for {run.plan.place}, the tenants file leads to {deployer.place}"
        raise UserError(problem, advice="make a new plan")
    failed = [one for one in patient(run.target.patience, deployer.ready) if one.state == "fail"]
    if failed:
        told = "; ".join(f"{one.name}: {one.words}" for one in failed)
        raise Terminal(f"nothing was written: {told}", advice="huntline doctor shows all of it")


def _levels(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield what can be written side by side: what is needed first; what is retired after all that may need it no more."""
    puts, retired = [c for c in changes if c.artifact], [c for c in changes if not c.artifact]
    keys = {change.key for change in puts}
    placed: set[str] = set()
    while puts:
        level = [c for c in puts if _needs(c) & keys <= placed]
        level = level or puts  # needs in a circle: a platform would refuse them, and says so
        yield level
        placed |= {change.key for change in level}
        puts = [change for change in puts if change.key not in placed]
    for kind in dict.fromkeys(change.kind for change in retired):
        yield [change for change in retired if change.kind == kind]


def _needs(change: Change) -> set[str]:
    return set(change.artifact.needs) if change.artifact else set()


def _piece(change: Change, run: _Run) -> Piece:
    """Do one change; what goes wrong with it alone is its own end."""
    try:
        _do(change, run)
    except (Unauthenticated, LedgerError):
        raise
    except HuntlineError as error:
        words = f"{error}{f' ({error.advice})' if error.advice else ''}"
        _note(change, run, "failed", run.held.get((change.kind, change.remote_id)), None, words=words)
        run.end(change, "failed", words)
    yield from ()


def _do(change: Change, run: _Run) -> None:
    there = run.held.get((change.kind, change.remote_id))
    lacking = [
        done for done in run.ends.values() if done.change.key in _needs(change) and done.end not in ("done", "found")
    ]
    if lacking:
        run.end(change, "skipped", f"needs {lacking[0].change.name}, which {lacking[0].end}")
    elif as_wanted(there, change, run.target):
        _note(change, run, "done", there, there, words="found as wanted")
        run.end(change, "found")
    elif (there.revision if there else "") != change.seen:
        run.end(change, "moved", MOVED)
    else:
        _note(change, run, "begun", there, _aim(change, there, run.target))
        _write(change, there, run)


def _aim(change: Change, there: Deployed | None, target: Target) -> Deployed | None:
    """Return how a write is to leave an object, as far as that is known before: a rollback knows it by that."""
    if change.artifact is None:
        mark = Mark(change.key, RETIRED)
        return replace(there, mark=mark, state="off", whole={}, revision="") if there else None
    normal = with_values(target.deployer.normal(change.artifact), change.instead)
    return Deployed(
        kind=change.kind,
        remote_id=change.remote_id,
        name=change.name,
        mark=change.artifact.mark,
        home=True,
        managed=normal,
        whole={},
        revision="",
        state="on" if change.on else "off",
    )


def _write(change: Change, there: Deployed | None, run: _Run) -> None:
    """Write, and take a write that came through without its answer for what it is."""
    try:
        written = patient(run.target.patience, _put, change, there, run.target)
    except Stale:
        now = patient(run.target.patience, run.target.deployer.read, change.kind, change.remote_id)
        if not as_wanted(now, change, run.target):
            _note(change, run, "failed", there, now, words=MOVED)
            run.end(change, "moved", MOVED)
            return
        written = Written(now) if now else None
    after = written.after if written else None
    request = written.request if written else ""
    _note(change, run, "done", there, after, request=request)
    run.end(change, "done", request=request)


def _put(change: Change, there: Deployed | None, target: Target) -> Written | None:
    if change.artifact:
        return target.deployer.put(change.artifact, there, on=change.on, instead=change.instead)
    return target.deployer.retire(there) if there else None


def _proof(run: _Run) -> Piece:
    """Read back what was written, by one listing per kind, and what it does not show yet once more by itself."""
    done = [one.change for one in run.ends.values() if one.end == "done"]
    for kind in dict.fromkeys(change.kind for change in done):
        listed = {one.remote_id: one for one in patient(run.target.patience, run.target.deployer.held, kind)}
        for change in (one for one in done if one.kind == kind):
            there = listed.get(change.remote_id)
            for lag in LAGS:
                if as_wanted(there, change, run.target):
                    break
                yield lag
                there = patient(run.target.patience, run.target.deployer.read, kind, change.remote_id)
            if not as_wanted(there, change, run.target):
                words = "was written, and does not read back as it was written"
                _note(change, run, "failed", None, there, words=words)
                run.end(change, "failed", words)


def _note(
    change: Change,
    run: _Run,
    phase: Phase,
    before: Deployed | None,
    after: Deployed | None,
    *,
    words: str = "",
    request: str = "",
) -> None:
    write = Write(
        tenant=run.plan.tenant,
        order=run.order,
        kind=change.kind,
        remote_id=change.remote_id,
        key=change.key,
        action=change.action,
        phase=phase,
        before=before,
        after=_as_left(after, change) if after and phase == "done" else after,
        request=request,
        words=words,
        needs=change.artifact.needs if change.artifact else (),
    )
    with run.ledger.write() as connection:
        record(connection, write)


def _as_left(after: Deployed, change: Change) -> Deployed:
    """Remember a field that was kept as we would have it: what stands there is somebody else's the next time, too."""
    ours = {one.path: one.wanted for one in change.differences if one.kept}
    return replace(after, managed=with_values(after.managed, ours)) if ours else after
