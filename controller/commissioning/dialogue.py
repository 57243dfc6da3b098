"""Leads an installer through the walks and says at once what the door made of each.

What is in the folder already is not asked for again.
"""

from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from controller.commissioning.gate import IDLE_S
from controller.commissioning.walks import Label, Walk, outcome_of, rooms_own
from controller.domain.plans import DoorPlan
from controller.recording.table import write
from controller.recording.values import Heard


class Records(Protocol):
    """Whatever can listen to the door."""

    def record(self, for_s: float) -> tuple[Sequence[Heard], float]:
        """The reads of the next seconds, and how long it really was."""
        ...


class Scene(NamedTuple):
    """One kind of walk."""

    label: Label
    times: int
    for_s: float
    words: str


IDLE_PART_S: Final = 120.0
SCENES: Final = (
    Scene(
        Label.IDLE,
        round(IDLE_S / IDLE_PART_S),
        IDLE_PART_S,
        "Quiet. Take the test files far away; nobody comes near the door for two minutes.",
    ),
    Scene(
        Label.IN,
        10,
        12.0,
        "Carry ONE test file IN, from 4 m outside to 4 m inside, at walking pace. "
        "Hold every second one with its label to the other side.",
    ),
    Scene(Label.OUT, 10, 12.0, "Carry ONE test file OUT, from 4 m inside to 4 m outside."),
    Scene(
        Label.TURN_BACK,
        4,
        12.0,
        "Walk up to the door with ONE test file, stop before the threshold, and go back. "
        "Twice from inside, twice from outside.",
    ),
    Scene(
        Label.TROLLEY_IN,
        3,
        15.0,
        "Push a trolley with 20 test files or more IN, slowly, as it is done every day.",
    ),
    Scene(Label.TROLLEY_OUT, 3, 15.0, "Push the same trolley OUT."),
    Scene(
        Label.PARKED,
        2,
        30.0,
        "Put the trolley down 1 m beside the door, inside first, then outside, and step away.",
    ),
)

Ask = Callable[[str], str]
Say = Callable[[str], None]


def lead(
    plan: DoorPlan, folder: Path, walks: Sequence[Walk], ears: Records, *, ask: Ask, say: Say
) -> list[Walk]:
    """Every walk that is still missing, recorded into ``folder``; all walks there are then.

    The installer may stop with ``q``: what is recorded stays recorded.
    """
    done = list(walks)
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        there = sum(walk.label is scene.label for walk in done)
        number = there + 1
        while number <= scene.times:
            say(f"\n{scene.label} {number} of {scene.times}: {scene.words}")
            if ask("Enter: begin; q: stop here").strip().lower() == "q":
                return done
            walk = _recorded(scene, number, ears)
            say(_verdict(plan, rooms_own(done), walk))
            if ask("Enter: keep it; r: do it again").strip().lower() == "r":
                continue
            (folder / f"{walk.name}.csv").write_text(write(walk.reads), encoding="utf-8")
            done.append(walk)
            number += 1
    return done


def _recorded(scene: Scene, number: int, ears: Records) -> Walk:
    reads, lasts_s = ears.record(scene.for_s)
    name = f"{scene.label}-{number:02}"
    if scene.label is Label.IDLE:
        name += f"-{lasts_s:.0f}s"
    return Walk(name=name, label=scene.label, reads=reads, lasts_s=lasts_s)


def _verdict(plan: DoorPlan, own: Set[str], walk: Walk) -> str:
    """What the door makes of it, in a line."""
    outcome = outcome_of(plan, walk, own)
    said = ", ".join(
        f"{count} {direction.value.replace('_', ' ')}"
        for direction, count in outcome.said().items()
    )
    heard = len({read.epc for read in walk.reads})
    return f"  {len(walk.reads)} reads of {heard} tags; the door says: {said or 'nothing'}"
