"""What a platform brings to the laws of deploying: a place to write to, people who change things there, and faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias, TypeVar

from huntline.crew import Course, Line, work
from huntline.deploy.apply import Applied, applying
from huntline.deploy.drift import Drift, drifts
from huntline.deploy.means import Means, Target
from huntline.deploy.plan import look, tenant_plan
from huntline.detections.narrow import narrowed
from huntline.errors import HuntlineError
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Order
from huntline.model.pack import Branch, Detection, LogSource, Pack, Stage
from huntline.model.plan import Change, TenantPlan
from huntline.model.predicate import Test
from huntline.model.tenant import Deploying, Tenant
from huntline.ports import Deployer, Platform
from huntline.remote import Patience

T = TypeVar("T")
STARTED = LogSource("windows", "process_creation")
ORDER, LATER = Order("plan-1", "the tester", "CHG-1"), Order("plan-2", "the tester")
ON = Deploying(enabled=True)

Edit: TypeAlias = Literal[
    "severity",
    "query",
    "name",  # what people read of it: where the name is the id, what stands below
    "off",
    "on",
    "delete",
    "copy",  # as the platform's own page makes one
    "own",  # something only the customer has: an exception, an action
    "unmark",
    "break",  # nobody: the platform switches it off by itself
]
Fault: TypeAlias = Literal[
    "busy",  # asks to be left alone for a moment, once
    "cut_after_write",  # writes, and gives no answer, once
    "refuses",  # takes no object whose query holds the word `refused`
    "read_only",  # lets nothing be written
    "lags",  # does not list what was written at once
]


class Ground(Protocol):
    """One tenant's place on one platform."""

    @property
    def platform(self) -> Platform: ...

    @property
    def settings(self) -> dict[str, object]: ...

    @property
    def scope(self) -> str:
        """Name the scope whose data is there: it serves process starts of Windows."""
        ...

    @property
    def lacks(self) -> Mapping[str, str]:
        """What the platform does not have, and why: a law about it has nothing to say there."""
        ...

    def connect(self) -> Deployer:
        """Return a deployer as a new process would have it."""
        ...

    def edit(self, remote_id: str, edit: Edit) -> None:
        """Change an object as a person does there."""
        ...

    def owned(self, remote_id: str) -> object:
        """Return what `own` added to an object; None where it has nothing."""
        ...

    def foreign(self, name: str, remote_id: str = "") -> str:
        """Make an object that is none of ours, and return its id; at `remote_id` where the platform lets one choose."""
        ...

    def snapshot(self) -> Mapping[str, object]:
        """Return all there is by id, as it is stored."""
        ...

    def fault(self, kind: Fault) -> None: ...

    def writes(self) -> int:
        """Return how many writes were asked of it so far."""
        ...

    def listings(self) -> int:
        """Return how many listings were asked of it so far."""
        ...


def detection(word: str, *, level: str = "high") -> Detection:
    """A detection of process starts whose command line holds a word."""
    predicate = Test("CommandLine", "contains", (word,))
    return Detection(
        id=f"id-{word}",
        title=f"Word {word}",
        description=f"Finds {word}.",
        level=level,
        status="test",
        stage="seen",
        tags=("attack.execution",),
        references=(),
        falsepositives=(),
        logsource=STARTED,
        predicate=predicate,
        branches=(Branch("word", ("CommandLine",)),),
        rule={},
        file=f"{word}.yml",
        line=1,
    )


def means(ground: Ground, *words: str, deploying: Deploying = Deploying(), filters: Sequence[str] = ()) -> Means:  # noqa: B008 (frozen)
    """Return what deploys detections of these words to one scope of the platform, connected anew."""
    detections = tuple(detection(word) for word in words)
    found = narrowed(detections, filters)
    renderer = ground.platform.renderer
    assert renderer is not None
    scopes = tuple(scope for scope in ground.platform.scopes(ground.settings) if scope.name == ground.scope)
    return Means(
        target=Target(
            Tenant("t", "c", ground.platform.name, {}, deploying=deploying),
            ground.connect(),
            Patience(4, timedelta(milliseconds=5)),
        ),
        pack=Pack("p", "P", "", (Stage("seen", "Seen", 0, "It was seen", ()),), (), detections, "-".join(words)),
        detections=found.detections,
        blocked=found.blocked,
        scopes=scopes,
        renderer=renderer(ground.settings),
    )


def plan(made: Means, ledger: Ledger, *, adopt: bool = False) -> TenantPlan:
    return tenant_plan(look(made, ledger), {}, adopt=adopt)


def apply(
    ground: Ground,
    ledger: Ledger,
    *words: str,
    adopt: bool = False,
    order: Order = ORDER,
    deploying: Deploying = Deploying(),  # noqa: B008 (frozen)
) -> Applied:
    """Plan and apply at once."""
    made = means(ground, *words, deploying=deploying)
    return applied(plan(made, ledger, adopt=adopt), replace(made.target, deployer=ground.connect()), ledger, order)


def applied(chosen: TenantPlan, target: Target, ledger: Ledger, order: Order = ORDER) -> Applied:
    return ended(applying(chosen, target, order, ledger, lambda _: None))


def drift(ground: Ground, ledger: Ledger, *words: str, deploying: Deploying = Deploying()) -> tuple[Drift, ...]:  # noqa: B008 (frozen)
    return drifts(look(means(ground, *words, deploying=deploying), ledger))


def actions(made: TenantPlan) -> dict[str, str]:
    """Return the action of each rule by its word; what rules need is left out."""
    return {_word(change): change.action for change in made.changes if of_rule(change.key)}


def of_rule(key: str) -> bool:
    """Say whether a key is a rule's, and not of what a rule needs."""
    return "/id-" in key and "/lists/" not in key


def change_of(made: TenantPlan, word: str) -> Change:
    (found,) = [change for change in made.changes if f"/id-{word}/" in change.key and of_rule(change.key)]
    return found


def id_of(made: TenantPlan, word: str) -> str:
    return change_of(made, word).remote_id


def _word(change: Change) -> str:
    return change.key.split("/")[-2].removeprefix("id-")


def ended(course: Course[T], *, threads: int = 4) -> T:
    """Run a course to its end. Raises the error it ends with."""
    ((_, end),) = work([Line("t", course, threads)], threads=threads)
    if isinstance(end, HuntlineError):
        raise end
    return end
