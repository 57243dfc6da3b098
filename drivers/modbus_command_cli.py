"""``python -m drivers modbus command``: one wish through the whole command protocol."""

import queue
import threading
from secrets import token_hex
from time import monotonic
from typing import Annotated, Any

import typer

from drivers.commands import Cell, MotionCommand, MoveLoad, StopRack
from drivers.modbus.exchange import Write
from drivers.modbus_options import (
    DENIED,
    FAILED,
    MISUSED,
    Address,
    AsJson,
    DryRun,
    Params,
    ProfileFile,
    Unit,
    bus_at,
    end,
    loaded,
    show_frames,
    tell,
)
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    MachineStatus,
    Observation,
    Outcome,
    RackStatus,
)
from drivers.profiles import Command, Profile, ProfileError, Verb
from drivers.readers_cli import monotonic_clock
from drivers.registers import encode
from drivers.shelving.driver import Machine
from drivers.shelving.wire import MachineMap
from drivers.shelving.wishes import VERBS, sequence_of, verb_of, wish_of

UNKNOWN = 4
CONNECT_WITHIN_S = 10.0
SLACK_S = 5.0
NAME = "machine"
ENDS = {
    Outcome.DONE: 0,
    Outcome.REFUSED: DENIED,
    Outcome.STOPPED: FAILED,
    Outcome.FAILED: FAILED,
    Outcome.UNKNOWN: UNKNOWN,
}


def command(
    profile: ProfileFile,
    url: Address,
    verb: Annotated[
        str, typer.Argument(help="Of the profile (open_aisle, or just open), or stop.")
    ],
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Its arguments.", show_default=False)
    ] = None,
    unit: Unit = 1,
    params: Params = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    allow_without_watchdog: Annotated[
        bool, typer.Option(help="Move a machine that moves on if this program dies.")
    ] = False,
) -> None:
    """Carry one wish through the whole protocol: it MOVES the machine. Ctrl-C stops it."""
    known = loaded(profile, params)
    if known.command is None:
        end(MISUSED, f"{profile}: nothing to command here")
    wish = _wish(known.command, verb, numbers or [])
    if dry_run:
        _show(known, known.command, wish, unit, url)
        return
    try:
        machine = Machine(
            name=NAME,
            bus=bus_at(url, known),
            unit=unit,
            profile=known,
            clock=monotonic_clock(),
            allow_without_watchdog=allow_without_watchdog,
        )
    except ProfileError as error:
        end(MISUSED, error)
    document = Errand(machine, wish, known.command.done_timeout_s + SLACK_S).run()
    tell({"verb": verb, "numbers": numbers or [], **document}, as_json=as_json)
    raise typer.Exit(ENDS[Outcome(document["outcome"])])


class Errand:
    """One wish, from the connection to its final word."""

    def __init__(self, machine: Machine, wish: MotionCommand | StopRack, patience_s: float) -> None:
        self._machine = machine
        self._wish = wish
        self._patience_s = patience_s
        self._heard: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        self._last: dict[str, Any] = {}
        self._began_s = monotonic()
        self._accepted_s: float | None = None

    def run(self) -> dict[str, Any]:
        """Everything there is to say in the end."""
        stop = threading.Event()
        running = threading.Thread(target=self._machine.run, args=(self._heard.put, stop))
        running.start()
        try:
            self._connected()
            self._machine.submit(self._wish)
            word = self._final()
        except KeyboardInterrupt:
            self._machine.submit(StopRack(device=NAME, command_id="interrupted"))
            word = self._final()
        finally:
            stop.set()
            running.join()
        return {
            "outcome": word.outcome.value,
            "detail": word.detail,
            "accepted_after_s": self._accepted_s,
            "ended_after_s": round(monotonic() - self._began_s, 3),
            "counters": dict(self._machine.counters()),
            "status": self._last,
        }

    def _connected(self) -> None:
        deadline_s = monotonic() + CONNECT_WITHIN_S
        while True:
            match self._next(deadline_s):
                case DeviceBack():
                    self._began_s = monotonic()
                    return
                case DeviceLost(reason=reason):
                    end(FAILED, reason)
                case None:
                    end(FAILED, f"no answer within {CONNECT_WITHIN_S:g} s")
                case _:
                    pass

    def _final(self) -> CommandOutcome:
        deadline_s = monotonic() + self._patience_s
        while True:
            heard = self._next(deadline_s)
            if heard is None:
                end(UNKNOWN, f"no outcome within {self._patience_s:g} s")
            if not isinstance(heard, CommandOutcome) or heard.command_id == "interrupted":
                continue
            if heard.outcome is not Outcome.ACCEPTED:
                return heard
            self._accepted_s = round(monotonic() - self._began_s, 3)

    def _next(self, deadline_s: float) -> Observation | None:
        try:
            heard = self._heard.get(timeout=max(0.0, deadline_s - monotonic()))
        except queue.Empty:
            return None
        match heard:
            case RackStatus(mode=mode, open_aisle=aisle):
                self._last = {"mode": mode.value, "open_aisle": aisle}
            case MachineStatus(mode=mode, values=values):
                self._last = {"mode": mode.value, **{n: list(v) for n, v in values.items()}}
            case _:
                pass
        return heard


def _wish(known: Command, name: str, numbers: list[int]) -> MotionCommand | StopRack:
    if name == "stop":
        return StopRack(device=NAME, command_id=token_hex(8))
    found = [verb for verb in known.verbs.values() if verb.name == name] or [
        verb for verb in known.verbs.values() if verb.name.startswith(name)
    ]
    if len(found) != 1:
        end(MISUSED, f"{name}: no such verb; there are: {', '.join(known.verbs)}, stop")
    (verb,) = found
    if len(numbers) != len(verb.args):
        end(MISUSED, f"{verb.name} takes {len(verb.args)} numbers: {_said(verb)}")
    wish = _built(verb, numbers)
    if wish is None or wish_of(wish, known) is None:
        end(MISUSED, f"{verb.name}: {_said(verb)}")
    return wish


def _built(verb: Verb, numbers: list[int]) -> MotionCommand | None:
    kind = next((kind for kind, name in VERBS.items() if name == verb.name), None)
    arguments: dict[str, Any] = dict(zip((a.name for a in verb.args), numbers, strict=True))
    if kind is MoveLoad:
        source, target = _cell(arguments, "from"), _cell(arguments, "to")
        return MoveLoad(device=NAME, command_id=token_hex(8), source=source, target=target)
    return None if kind is None else kind(device=NAME, command_id=token_hex(8), **arguments)


def _cell(arguments: dict[str, Any], prefix: str) -> Cell | None:
    row, column, level = (arguments[f"{prefix}_{axis}"] for axis in ("row", "column", "level"))
    return Cell(row=row, column=column, level=level) if row or column or level else None


def _said(verb: Verb) -> str:
    return ", ".join(f"{arg.name} {arg.least}..{arg.most}" for arg in verb.args) or "none"


def _show(
    known: Profile, commands: Command, wish: MotionCommand | StopRack, unit: int, url: str
) -> None:
    """The frame of the wish; session 1 stands for the one that is drawn at each start."""
    if isinstance(wish, StopRack):
        point, values = commands.stop, encode(commands.stop, commands.stop_value)
        show_frames([Write(unit=unit, kind=point.kind, address=point.address, values=values)], url)
        return
    name, arguments = verb_of(wish)
    block = MachineMap(known).block(
        commands.verbs[name], arguments, session=1, sequence=sequence_of(wish.command_id)
    )
    show_frames(
        [Write(unit=unit, kind=block.kind, address=block.address, values=block.values)], url
    )
