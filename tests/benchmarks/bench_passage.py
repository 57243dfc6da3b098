"""How often a door is right, beside the rule "first antenna, last antenna", and what a read costs.

The walks are simulated: they rank rules, they do not promise a figure for a real doorway.
"""

from collections import Counter
from random import Random
from time import process_time

from controller.domain.model import Direction
from controller.domain.passage import Verdict
from tests.domain.doors import door, play
from tests.domain.physics import FOUR, TWO, Antenna, Read, hear, parked, reports, through, turning

WALKS = 200
GOAL_US = 40.0


def main() -> None:
    """Print one line a scene, then the cost of a read."""
    print(f"{'scene':28}{'right':>8}{'wrong':>8}{'unknown':>9}{'first/last right':>18}{'wrong':>7}")
    for label, antennas in (("two antennas", TWO), ("four antennas", FOUR)):
        for scene in ("out", "in", "turn back", "parked"):
            _scene(f"{scene}, {label}", scene, antennas)
    print()
    for tags in (1, 50, 300):
        micros, heard = _cost(tags)
        verdict = "ok" if micros <= GOAL_US else "MISSED"
        goal = f"(goal {GOAL_US:.0f}) {verdict}"
        print(f"{tags:4} tags: {micros:5.1f} µs per read over {heard} reads {goal}")


def _scene(label: str, scene: str, antennas: dict[int, Antenna]) -> None:
    want = {"out": Direction.OUT, "in": Direction.IN}.get(scene)
    ours: Counter[str] = Counter()
    naive: Counter[str] = Counter()
    for seed in range(WALKS):
        reads = _reads(scene, Random(seed), antennas)
        told = [v for _, v in play(door(antennas), reports(reads), reads[-1].t_s + 6.0)]
        ours[_mark([verdict.direction for verdict in told], want)] += 1
        naive[_mark(_first_last(reads, antennas), want)] += 1
    share = {name: 100.0 * count / WALKS for name, count in ours.items()}
    print(
        f"{label:28}{share.get('right', 0):7.1f}%{share.get('wrong', 0):7.1f}%"
        f"{share.get('unknown', 0):8.1f}%"
        f"{100.0 * naive['right'] / WALKS:17.1f}%{100.0 * naive['wrong'] / WALKS:6.1f}%"
    )


def _reads(scene: str, chance: Random, antennas: dict[int, Antenna]) -> list[Read]:
    speed = chance.uniform(0.5, 1.8)
    path = {
        "out": through(speed, out=True),
        "in": through(speed, out=False),
        "turn back": turning(speed, inside=True, closest_m=chance.uniform(0.2, 1.0)),
        "parked": parked(chance.uniform(-1.5, 1.5), 40.0),
    }[scene]
    return hear(path, chance=chance, antennas=antennas)


def _mark(told: list[Direction], want: Direction | None) -> str:
    passed = [direction for direction in told if direction in (Direction.IN, Direction.OUT)]
    if passed:
        return "right" if passed == [want] else "wrong"
    if Direction.UNKNOWN in told:
        return "unknown"
    return "right" if want is None else "missed"


def _first_last(reads: list[Read], antennas: dict[int, Antenna]) -> list[Direction]:
    first, last = antennas[reads[0].antenna].side, antennas[reads[-1].antenna].side
    if first == last:
        return []
    return [Direction.IN if last > first else Direction.OUT]


def _cost(tags: int) -> tuple[float, int]:
    chance = Random(tags)
    reads = [
        read
        for number in range(tags)
        for read in hear(
            through(1.0, out=True),
            chance=chance,
            epc=f"E28{number:021X}",
            reads_per_s=max(2.0, 300.0 / tags),
            start_s=chance.uniform(0.0, 0.5),
        )
    ]
    messages = reports(reads)
    passages = door(TWO)
    verdicts: list[tuple[float, Verdict]] = []
    began = process_time()
    rounds = 1 + 20_000 // len(reads)
    for _ in range(rounds):
        passages = door(TWO)
        verdicts += play(passages, messages, 15.0)
    return (process_time() - began) / (rounds * len(reads)) * 1e6, rounds * len(reads)


if __name__ == "__main__":
    main()
