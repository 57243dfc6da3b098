"""Words for lifts, cranes and carousels: what they can be asked, and the places in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from controller.domain.plans_shelving import MachineKind, MachinePlan
from drivers.commands import Cell, FetchTray, GoToShelf, MotionCommand, MoveLoad, StoreTray


class MachineVerb(StrEnum):
    """What a machine does for a person."""

    BRING = "bring"
    """A tray, a shelf or a load to its opening."""
    PUT_BACK = "put_back"
    """Away from the opening: a lift's tray where it came from, a crane's load to a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineWish:
    """One wish, its numbers checked against the plan."""

    verb: MachineVerb
    numbers: tuple[int, ...]
    """Of the place in the machine; empty where the verb needs none."""
    opening: int

    @property
    def target(self) -> str:
        """``12``, or ``1/4/3``."""
        return "/".join(map(str, self.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDoubt:
    """A motion that has begun and of which no end is known."""

    machine: str
    wish: MachineWish
    command_id: str
    by: str
    told: bool
    """Whether ``MachineFailed`` has said so already."""


def numbers_of(text: str) -> tuple[int, ...] | None:
    """``1/4/3`` as numbers from 1; ``None`` if it is none."""
    parts = [part.strip() for part in text.split("/")]
    if any(not (part.isascii() and part.isdecimal() and len(part) < 5) for part in parts):
        return None
    numbers = tuple(map(int, parts))
    return numbers if all(numbers) else None


def within(numbers: Iterable[int], plan: MachinePlan) -> bool:
    """Whether the machine has that place."""
    given = tuple(numbers)
    return len(given) == len(plan.sizes) and all(
        1 <= number <= most for number, most in zip(given, plan.sizes, strict=True)
    )


def command_of(plan: MachinePlan, wish: MachineWish, command_id: str) -> MotionCommand:
    """The wish as the field knows it."""
    bring = wish.verb is MachineVerb.BRING
    match plan.kind:
        case MachineKind.LIFT if bring:
            return FetchTray(
                device=plan.id, command_id=command_id, tray=wish.numbers[0], bay=wish.opening
            )
        case MachineKind.LIFT:
            return StoreTray(device=plan.id, command_id=command_id, bay=wish.opening)
        case MachineKind.CRANE:
            row, column, level = wish.numbers
            cell = Cell(row=row, column=column, level=level)
            return MoveLoad(
                device=plan.id,
                command_id=command_id,
                source=cell if bring else None,
                target=None if bring else cell,
            )
        case _:
            return GoToShelf(device=plan.id, command_id=command_id, shelf=wish.numbers[0])
