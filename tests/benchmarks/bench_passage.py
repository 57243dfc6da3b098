"""How often a door is right, beside two common rules on the same reads, and what a read costs.

Scenes of the simulated physics with seeds that no weight was fitted on. They rank rules; they
promise no figure for a real doorway. The table is the one in ``docs/passages.md``.
"""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from time import process_time

from controller.domain.passage import DoorPassages
from controller.domain.plans import DoorRule
from simulators.physics.radio import LAYOUTS, SOUND
from simulators.physics.rounds import by_tag
from simulators.physics.scenes import Scene, play
from tests.benchmarks.figures import note, show
from tests.benchmarks.marks import marks, reports, sides
from tests.benchmarks.passage_rules import edgex, first_last
from tests.domain.rooms import moment

HELD_OUT = 700_000
SCENES = {
    Scene.SINGLE: 60,
    Scene.TURN_BACK: 40,
    Scene.TROLLEY: 4,
    Scene.SINGLE_STRAYS: 8,
    Scene.TROLLEY_STRAYS: 3,
    Scene.WALKER_STRAYS: 4,
    Scene.TROLLEY_TURNS: 2,
    Scene.PARKED: 3,
}
COMMITTED = 0.98
Job = tuple[Scene, str, int]


def main() -> None:
    """Print the accuracy table, then cost."""
    jobs = [(s, name, HELD_OUT + k) for s, n in SCENES.items() for name in SOUND for k in range(n)]
    with ProcessPoolExecutor(2) as pool:
        counted = list(pool.map(counts, jobs, chunksize=4))
    rows: dict[tuple[str, str], Counter[str]] = {}
    for each in counted:
        for key, counter in each.items():
            rows.setdefault(key, Counter()).update(counter)
    table(rows)
    overall(rows)
    for tags in (1, 50, 300):
        cost(tags)


def counts(job: Job) -> dict[tuple[str, str], Counter[str]]:
    """What became of the tags of one scene, those that went or were carried and the strays."""
    scene, name, seed = job
    played = play(scene, seed, LAYOUTS[name])
    ports = {port: antenna.side for port, antenna in played.plan.antennas.items()}
    reads = by_tag(played.reads)
    rows: dict[tuple[str, str], Counter[str]] = {}
    for mark in marks(played):
        kind = "files" if mark.epc in played.carried else "strays"
        row = rows.setdefault((scene.value, kind), Counter())
        row["tags"] += 1
        row[_outcome(mark.truth, mark.guess)] += 1
        for rule, decide in (("first/last", first_last), ("EdgeX", edgex)):
            row[f"{rule} {_outcome(mark.truth, decide(reads[mark.epc], ports))}"] += 1
        sure = [t.verdict for t in mark.verdicts if t.verdict.confidence >= COMMITTED]
        ways = [{"in": 1, "out": -1}[v.direction] for v in sure if v.direction in ("in", "out")]
        row["committed"] += len(ways)
        wrong = sum(way != mark.truth for way in ways)
        row["committed wrong"] += wrong
        row["put right"] += wrong if mark.guess == mark.truth else 0
    return rows


def _outcome(truth: int, guess: int) -> str:
    if guess == truth:
        return "right"
    return "missed" if guess == 0 else ("wrong way" if truth else "false")


def table(rows: dict[tuple[str, str], Counter[str]]) -> None:
    """As Markdown: shares of the tags that were read at least once."""
    print("| scene | tags | right | wrong way | false | first/last right | wrong or false "
          "| EdgeX right | wrong or false |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for (scene, kind), row in rows.items():
        cells = [row["right"], row["wrong way"], row["false"]]
        for rule in ("first/last", "EdgeX"):
            cells += [row[f"{rule} right"], row[f"{rule} wrong way"] + row[f"{rule} false"]]
        shares = " | ".join(f"{100.0 * cell / row['tags']:.1f} %" for cell in cells)
        print(f"| {scene}, {kind} | {row['tags']} | {shares} |")


def overall(rows: dict[tuple[str, str], Counter[str]]) -> None:
    """Precision and recall over all tags, and what was committed unattended."""
    every: Counter[str] = Counter()
    for (scene, kind), row in rows.items():
        passing = kind == "files" and "turn" not in scene
        every.update({"hit": row["right"] if passing else 0})
        every.update({"claimed": row["wrong way"] + row["false"]})
        every.update({"passed": row["tags"] if passing else 0})
        every.update({name: row[name] for name in ("committed", "committed wrong", "put right")})
    show("precision, all tags", 100 * every["hit"] / (every["hit"] + every["claimed"]), "%",
         99.2, at_most=False)  # fmt: skip
    show("recall, all tags", 100 * every["hit"] / every["passed"], "%", 94.8, at_most=False)
    note("verdicts at 0.98 or more", every["committed"], "")
    note("... of them wrong, put right by the tag's last word", every["put right"], "")
    show("... of them wrong", 100 * every["committed wrong"] / max(1, every["committed"]), "%",
         0.03, at_most=True)  # fmt: skip


def cost(tags: int) -> None:
    """Microseconds a read, looks, residents and trolleys included."""
    scene = Scene.SINGLE_STRAYS if tags == 50 else Scene.TROLLEY
    played = play(scene, 7, files=tags, speed_m_per_s=1.0)
    messages = reports(played.reads)
    rounds = 1 + 10_000 // len(played.reads)
    spent = 0.0
    for _ in range(rounds):
        door = DoorPassages(sides(played.plan), rule=DoorRule())
        began = process_time()
        for message in messages:
            door.observe(message)
            door.tick(message.at)
        for step in range(100):
            door.tick(moment(played.reads[-1].t_s + 0.1 * step))
        spent += process_time() - began
    micros = spent / (rounds * len(played.reads)) * 1e6
    show(f"{scene.value}, {tags}: µs per read", micros, "µs", 40, at_most=True)


if __name__ == "__main__":
    main()
