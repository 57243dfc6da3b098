"""Commands as verbs with numbers, the same whatever carries them to the machine: pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from zlib import crc32

from drivers.commands import (
    Cell,
    CloseRack,
    FetchTray,
    GoToShelf,
    LightAisle,
    MotionCommand,
    MoveLoad,
    OpenAisle,
    StoreTray,
    VentilateRack,
)
from drivers.profiles import Command, Verb
from drivers.shelving.wire import SEQUENCE_MAX, Picture

VERBS: Mapping[type[MotionCommand], str] = {
    OpenAisle: "open_aisle",
    CloseRack: "close_all",
    VentilateRack: "ventilate",
    LightAisle: "light_aisle",
    FetchTray: "fetch_tray",
    StoreTray: "store_tray",
    MoveLoad: "move_load",
    GoToShelf: "go_to_shelf",
}
"""The verb of each command in a profile; its fields are named as the verb's arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One verb of a profile and its numbers, checked."""

    command_id: str
    verb: Verb
    arguments: Mapping[str, int]


def wish_of(command: MotionCommand, known: Command) -> Wish | None:
    """``command`` as this device understands it; ``None`` if it does not, or not these numbers."""
    return wish_among(command, known.verbs)


def wish_among(command: MotionCommand, verbs: Mapping[str, Verb]) -> Wish | None:
    """``command`` as one of ``verbs``, as ``wish_of``."""
    name, arguments = verb_of(command)
    verb = verbs.get(name)
    if verb is None or {argument.name for argument in verb.args} != arguments.keys():
        return None
    if any(not a.least <= arguments[a.name] <= a.most for a in verb.args):
        return None
    return Wish(command_id=command.command_id, verb=verb, arguments=arguments)


def verb_of(command: MotionCommand) -> tuple[str, dict[str, int]]:
    """The verb's name in a profile, and its arguments."""
    numbers: dict[str, int] = {}
    if isinstance(command, MoveLoad):
        numbers = {**_place("from", command.source), **_place("to", command.target)}
    else:
        given = asdict(command)
        numbers = {name: given[name] for name in given.keys() - {"device", "command_id"}}
    return VERBS[type(command)], numbers


def sequence_of(command_id: str) -> int:
    """The sequence number of a wish: its own, so that it is known again after a restart."""
    return crc32(command_id.encode()) % SEQUENCE_MAX + 1


def next_sequence(wanted: int, picture: Picture) -> int:
    """``wanted``, or the next number that the device does not already report.

    It still shows the numbers of whoever commanded it before; ours must differ, or its old
    acknowledgement would be taken for ours.
    """
    sequence = wanted
    while sequence in (picture.ack_seq, picture.done_seq):
        sequence = sequence % SEQUENCE_MAX + 1
    return sequence


def _place(prefix: str, cell: Cell | None) -> dict[str, int]:
    row, column, level = (0, 0, 0) if cell is None else (cell.row, cell.column, cell.level)
    return {f"{prefix}_row": row, f"{prefix}_column": column, f"{prefix}_level": level}
