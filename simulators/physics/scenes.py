"""Scenes at one door, with the truth: who went through, who turned back, who only lay about.

Every scene is a function of its seed. Speeds are 0.5 to 2 m/s, as people walk and push.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from simulators.physics.radio import LAYOUTS, Body, Label, Layout, Room, Vector
from simulators.physics.rounds import Carried, Read, Rounds

REACH_M = 3.2
LEAD_S = 0.8
STRAYS = 50
WAIT_S = 8.0
"""How long strays are heard before somebody comes."""
TROLLEY = 200


class Scene(StrEnum):
    """What happens."""

    SINGLE = "single"
    TURN_BACK = "turn_back"
    TROLLEY = "trolley"
    TROLLEY_TURNS = "trolley_turns"
    SINGLE_STRAYS = "single_strays"
    TROLLEY_STRAYS = "trolley_strays"
    WALKER_STRAYS = "walker_strays"
    """Somebody without a file walks through, among strays."""
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Played:
    """The reads of one scene and what is true about every tag that was there."""

    scene: Scene
    plan: Layout
    reads: tuple[Read, ...]
    went: dict[str, int]
    """+1 in, -1 out, 0 not through the door; by EPC."""
    carried: frozenset[str]
    """Those that were moved at all."""
    crossed_s: float
    """When they were in the door plane; for a turn-back, when they were nearest to it."""


def play(
    scene: Scene,
    seed: int,
    plan: Layout | None = None,
    *,
    files: int | None = None,
    out: bool | None = None,
    speed_m_per_s: float | None = None,
) -> Played:
    """Let it happen. What is not given is drawn from ``seed``."""
    chance = Random(f"{scene}/{seed}")
    plan = LAYOUTS["A"] if plan is None else plan
    speed = speed_m_per_s or math.exp(chance.uniform(math.log(0.5), math.log(2.0)))
    sign = chance.choice((-1, 1)) if out is None else (-1 if out else 1)
    waits = WAIT_S if scene in _AMONG_STRAYS else 0.0
    turns = scene in (Scene.TURN_BACK, Scene.TROLLEY_TURNS)
    path = (_turn if turns else _through)(chance, speed, sign, waits)
    room = Room(chance, plan)
    y = chance.uniform(-0.2, 0.2)
    tags, behind = _load(scene, chance, plan, path, y, sign, files)
    count = len(tags)
    if scene in _AMONG_STRAYS or scene is Scene.PARKED:
        tags += _strays(chance, plan, STRAYS)
    loss_db = 13.0 if plan.harsh else 8.0

    def bodies(t_s: float) -> Sequence[Body]:
        if t_s < waits or scene is Scene.PARKED:
            return ()
        return (Body(path.x(t_s) + behind[0], y + behind[1], loss_db),)

    end_s = path.lasts_s + (2.0 if waits else 0.0)
    reads = Rounds(room, chance).until(end_s, tags, bodies)
    moved = frozenset(tag.epc for tag in tags[:count])
    went = {tag.epc: sign if tag.epc in moved and not turns else 0 for tag in tags}
    if scene is Scene.WALKER_STRAYS:
        reads = [read for read in reads if read.epc not in moved]
        went = {epc: 0 for epc in went if epc not in moved}
        moved = frozenset()
    return Played(scene, plan, tuple(reads), went, moved, path.nearest_s)


_AMONG_STRAYS = frozenset({Scene.SINGLE_STRAYS, Scene.TROLLEY_STRAYS, Scene.WALKER_STRAYS})


@dataclass(frozen=True, slots=True)
class Path:
    """Where somebody is on the way through the door, over time."""

    x: Callable[[float], float]
    nearest_s: float
    lasts_s: float


def _through(chance: Random, speed: float, sign: int, waits: float) -> Path:
    """Through the door; one in four stops in it for a moment."""
    sway, rate = chance.uniform(-0.15, 0.15), chance.uniform(0.2, 0.5)
    pause = chance.choice((0.0, 0.0, 0.0, 1.5))
    stops_s = (chance.uniform(-0.3, 0.3) + REACH_M) / speed
    begin = waits + LEAD_S

    def x(t_s: float) -> float:
        since = max(0.0, t_s - begin)
        if since > stops_s:
            since = max(stops_s, since - pause)
        return sign * (-REACH_M + speed * since + sway * math.sin(2 * math.pi * rate * since))

    return Path(x, begin + REACH_M / speed, begin + 2 * REACH_M / speed + pause + 0.5)


def _turn(chance: Random, speed: float, sign: int, waits: float) -> Path:
    """Up to the door, a pause, and back."""
    closest, hold = chance.uniform(0.15, 1.3), chance.uniform(0.3, 2.5)
    leg_s = (REACH_M - closest) / speed
    begin = waits + LEAD_S

    def x(t_s: float) -> float:
        since = max(0.0, t_s - begin)
        back = max(0.0, since - leg_s - hold)
        return sign * (-closest - speed * (max(0.0, leg_s - since) + back))

    return Path(x, begin + leg_s + hold / 2, begin + 2 * leg_s + hold + 0.5)


def _load(
    scene: Scene,
    chance: Random,
    plan: Layout,
    path: Path,
    y: float,
    sign: int,
    files: int | None,
) -> tuple[list[Carried], tuple[float, float]]:
    """What they carry or push, and where they walk relative to it."""
    if scene is Scene.PARKED:
        return [], (0.0, 0.0)
    if scene in (Scene.TROLLEY, Scene.TROLLEY_STRAYS, Scene.TROLLEY_TURNS):
        upright = (0.0, 0.0, 1.0) if chance.random() < 0.5 else (0.0, 1.0, 0.0)
        tags = [_on_trolley(chance, n, plan, path, y, upright) for n in range(files or TROLLEY)]
        return tags, (-0.85 * sign, 0.0)
    angle = chance.uniform(-1.2, 1.2)
    some = files or (chance.randint(1, 3) if scene is Scene.TURN_BACK else 1)
    behind = (-0.28 * sign * math.cos(angle), -0.28 * sign * math.sin(angle))
    return [_in_hand(chance, n, path, y) for n in range(some)], behind


def _on_trolley(
    chance: Random, number: int, plan: Layout, path: Path, y: float, upright: Vector
) -> Carried:
    dx, dy = chance.uniform(-0.40, 0.40), chance.uniform(-0.22, 0.22)
    z = chance.choice((0.35, 0.7, 1.05)) + chance.gauss(0.0, 0.03)
    loss = max(0.0, chance.gauss(2.5, 2.5))
    if chance.random() < 0.05:
        loss += chance.uniform(6.0, 16.0)  # bent, on a metal clip, pressed
    deep = (dy + 0.22) / 0.44
    hidden = {
        port: 7.0 * (1.0 - deep if antenna.at[1] > 0 else deep)
        for port, antenna in plan.antennas.items()
    }
    label = Label(_nearly(chance, upright, 0.15), loss, hidden, chance.uniform(0, 2 * math.pi))
    return Carried(_epc(number), label, lambda t: (path.x(t) + dx, y + dy, z))


def _in_hand(chance: Random, number: int, path: Path, y: float) -> Carried:
    dx, dy, z = chance.gauss(0.0, 0.05), chance.gauss(0.0, 0.12), chance.uniform(0.9, 1.25)
    loss = max(0.0, chance.gauss(2.5, 2.0))
    label = Label(_any_way(chance), loss, {}, chance.uniform(0, 2 * math.pi))
    return Carried(_epc(number), label, lambda t: (path.x(t) + dx, y + dy, z))


def _strays(chance: Random, plan: Layout, count: int) -> list[Carried]:
    return [_stray(chance, plan, number) for number in range(count)]


def _stray(chance: Random, plan: Layout, number: int) -> Carried:
    """On a table beside the door, on a shelf front inside, or behind the wall outside."""
    kind, flank = chance.random(), chance.choice((-1, 1))
    if kind < 0.4:
        side = chance.choice((-1, 1))
        at = (side * chance.uniform(0.7, 2.3), flank * chance.uniform(0.9, 2.2))
        z, least, most, open_to = chance.uniform(0.7, 1.1), 2.0, 8.0, side
    elif kind < 0.75:
        at = (chance.uniform(1.4, 3.8), chance.uniform(-3.0, 3.0))
        z, least, most, open_to = chance.uniform(0.3, 2.0), 2.0, 10.0, 1
    else:
        at = (-chance.uniform(1.0, 3.0), flank * chance.uniform(1.2, 3.0))
        z, least, most, open_to = chance.uniform(0.3, 1.8), 5.0, 12.0, 0
    hidden = {
        port: 0.0 if antenna.side == open_to else chance.uniform(least, most)
        for port, antenna in plan.antennas.items()
    }
    loss = max(0.0, chance.gauss(3.5, 2.5))
    label = Label(_any_way(chance), loss, hidden, chance.uniform(0, 2 * math.pi))
    return Carried(_epc(0xAA0000 + number), label, lambda _t: (*at, z))


def _any_way(chance: Random) -> Vector:
    return _nearly(chance, (0.0, 0.0, 0.0), 1.0)


def _nearly(chance: Random, way: Vector, off: float) -> Vector:
    x, y, z = (part + chance.gauss(0.0, off) for part in way)
    size = math.sqrt(x * x + y * y + z * z) + 1e-12
    return x / size, y / size, z / size


def _epc(number: int) -> str:
    return f"E2801170{number:016X}"
