"""Plays a scenario: devices through the world, people through the API, and says what came true."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from simulators.bench import Bench
from simulators.demo_site import BY_ROLE
from simulators.listener import Listener
from simulators.machines.pokes import NotAPoke
from simulators.people import Refused, Staff
from simulators.scenario import Expectation, Step
from simulators.walks import Motion, Walk
from simulators.world import World

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one step."""

    says: str
    came_true: bool
    missing: str
    """The first thing that was expected and did not happen; empty when all did."""


class Play:
    """One performance of one scenario."""

    def __init__(
        self,
        *,
        steps: Sequence[Step],
        world: World,
        bench: Bench,
        staff: Staff,
        listener: Listener,
        faults: Mapping[str, Callable[[str, float], None]],
        say: Say,
    ) -> None:
        self._steps = steps
        self._world = world
        self._bench = bench
        self._staff = staff
        self._listener = listener
        self._faults = faults
        self._say = say
        self.outcomes: list[Outcome] = []

    def run(self, stop: threading.Event) -> None:
        """Play every step at its time; steps wait for what they expect in their own threads."""
        begun = monotonic()
        waiting: list[threading.Thread] = []
        for step in self._steps:
            if stop.wait(max(0.0, begun + step.at_s - monotonic())):
                break
            self._say(step.says)
            since = self._listener.mark()
            refused = self._do(step)
            judge = threading.Thread(
                target=self._judge, args=(step, since, refused), name="judge", daemon=True
            )
            judge.start()
            waiting.append(judge)
        for judge in waiting:
            judge.join()

    def _do(self, step: Step) -> str:
        """Carry the step out; returns why it could not be, or nothing."""
        try:
            if step.do in _VERBS:
                _VERBS[step.do](self, dict(step.arguments))
            else:
                self._bench.poke({"do": step.do, **step.arguments})
        except (Refused, NotAPoke) as error:
            return str(error)
        return ""

    def _judge(self, step: Step, since: int, refused: str) -> None:
        missing = next((_words(e) for e in step.expect if not self._seen(e, since)), "")
        if refused and step.do not in _VERBS:  # people may be refused; devices can only be poked
            missing = missing or step.do
        if missing and refused:
            missing = f"{missing} ({refused})"
        if missing:
            self._say(f"  did not come true: {missing}")
        self.outcomes.append(Outcome(says=step.says, came_true=not missing, missing=missing))

    def _seen(self, wanted: Expectation, since: int) -> bool:
        return self._listener.await_event(wanted, since)

    def walk(self, arguments: Mapping[str, object]) -> None:
        """Somebody carries a holding through a door."""
        tagged = BY_ROLE[str(arguments["holding"])]
        motion = Motion(str(arguments["motion"]))
        self._world.walk(str(arguments["door"]), Walk([tagged.epc], motion))

    def set_climate(self, arguments: Mapping[str, object]) -> None:
        """The air at a sensor changes."""
        self._world.set_climate(
            str(arguments["sensor"]),
            temperature_c=_number(arguments.get("temperature_c")),
            relative_humidity_percent=_number(arguments.get("relative_humidity_percent")),
            over_s=_number(arguments.get("over_s")) or 0.0,
        )

    def fault(self, arguments: Mapping[str, object]) -> None:
        """A device misbehaves for a while."""
        cause = self._faults[str(arguments["device"])]
        cause(str(arguments["fault"]), _number(arguments.get("for_s")) or 3.0)

    def lend(self, arguments: Mapping[str, object]) -> None:
        """Two people lend a holding."""
        self._staff.lend(
            BY_ROLE[str(arguments["holding"])].reference_code,
            str(arguments["borrower"]),
            str(arguments["purpose"]),
            datetime.now(UTC),  # noqa: TID251 -- the due date a person would write
        )

    def take_back(self, arguments: Mapping[str, object]) -> None:
        """A person confirms a return."""
        self._staff.take_back(BY_ROLE[str(arguments["holding"])].reference_code)

    def open_aisle(self, arguments: Mapping[str, object]) -> None:
        """A person asks for an aisle."""
        self._staff.open_aisle(str(arguments["rack"]), int(str(arguments["aisle"])))

    def stop_rack(self, arguments: Mapping[str, object]) -> None:
        """A person stops a bank."""
        self._staff.stop_rack(str(arguments["rack"]))

    def acknowledge(self, arguments: Mapping[str, object]) -> None:
        """A person acknowledges the alarms of a kind."""
        self._staff.acknowledge(str(arguments["kind"]), str(arguments["note"]))


_VERBS: Mapping[str, Callable[[Play, Mapping[str, object]], None]] = {
    "walk": Play.walk,
    "set_climate": Play.set_climate,
    "fault": Play.fault,
    "lend": Play.lend,
    "take_back": Play.take_back,
    "open_aisle": Play.open_aisle,
    "stop_rack": Play.stop_rack,
    "acknowledge": Play.acknowledge,
}


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _words(wanted: Expectation) -> str:
    facts = ", ".join(f"{key} {value}" for key, value in wanted.body.items())
    return f"{wanted.kind}{f' with {facts}' if facts else ''} within {wanted.within_s:g} s"
