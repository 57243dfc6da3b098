"""The gate a door must pass before it may commit passages without a person.

Ten walks in and ten out, three trolleys each way, ten quiet minutes. Every direction right, the
directions clear, no passage out of the quiet, and the trolleys agree; else the door asks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from controller.commissioning.fit import Fit, fit
from controller.commissioning.walks import SINGLE, TROLLEYS, Label, Outcome, Score
from controller.domain.model import Direction
from controller.domain.plans import DoorPlan

DEMANDED: Final[Mapping[Label, int]] = {
    Label.IN: 10,
    Label.OUT: 10,
    Label.TROLLEY_IN: 3,
    Label.TROLLEY_OUT: 3,
}
IDLE_S: Final = 600.0
WISHED: Final[Mapping[Label, int]] = {Label.TURN_BACK: 4, Label.PARKED: 2}
"""Without them the gate can be passed; what the door says to them is then not known."""
CLEAR: Final = 2.0
"""Log-odds of the direction that nine walks of ten must reach."""
OFTEN: Final = 12
"""Points of a walk below which the file is heard too seldom to say much."""
COMMITTED: Final = 0.98
"""Confidence from which a door that has passed acts alone."""
LOST_FILES: Final = 0.05
"""Share of a trolley's files that may be told the wrong way."""

PASSED_THROUGH: Final = (Direction.IN, Direction.OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate says."""

    passed: bool
    problems: tuple[str, ...]
    """Why it has not passed, each with what to do."""
    warnings: tuple[str, ...]
    fit: Fit
    figures: Mapping[str, str]


def judge_door(plan: DoorPlan, outcomes: Sequence[Outcome]) -> Judgement:
    """Whether the door ``plan`` passes with these walks, and its bias and scale."""
    problems = [
        *_too_few(outcomes),
        *_deaf_antennas(plan, outcomes),
        *_unheard(outcomes),
        *_directions(outcomes),
        *_unclear(outcomes),
        *_from_nothing(outcomes),
    ]
    return Judgement(
        passed=not problems,
        problems=tuple(problems),
        warnings=tuple(_wished(outcomes)),
        fit=fit(_known_scores(outcomes)),
        figures=_figures(outcomes),
    )


def _too_few(outcomes: Sequence[Outcome]) -> Iterable[str]:
    for label, demanded in DEMANDED.items():
        there = sum(outcome.walk.label is label for outcome in outcomes)
        if there < demanded:
            yield f"only {there} of {demanded} recordings of {label}: make {demanded - there} more"
    quiet_s = _quiet_s(outcomes)
    if quiet_s < IDLE_S:
        yield (
            f"only {quiet_s / 60:.1f} of {IDLE_S / 60:.0f} idle minutes: "
            "record more while nobody is near the door"
        )


def _quiet_s(outcomes: Iterable[Outcome]) -> float:
    return sum(o.walk.lasts_s for o in outcomes if o.walk.label is Label.IDLE)


def _deaf_antennas(plan: DoorPlan, outcomes: Sequence[Outcome]) -> Iterable[str]:
    heard = {
        read.antenna for o in outcomes if o.walk.label is not Label.IDLE for read in o.walk.reads
    }
    if not heard:
        return
    for port, side in plan.antennas.items():
        if port not in heard:
            yield (
                f"antenna {port} ({side}) heard nothing in any walk: look at its cable, its plug "
                "and its port number in the site file"
            )
    for port in sorted(heard - plan.antennas.keys()):
        yield (
            f"antenna {port} hears tags but the site file does not name it at this door: add it "
            "with its side, or unplug it"
        )


def _unheard(outcomes: Sequence[Outcome]) -> Iterable[str]:
    moved = [o for o in outcomes if o.walk.label.direction is not None]
    silent = [o.walk.name for o in moved if o.pooled is None]
    if silent:
        yield (
            f"nothing was heard of what was carried in {_names(silent)}: more power in the "
            "reader's profile, antennas nearer, or a better label; do not use a file that lay "
            "near the door during the idle recording"
        )
    one_sided = [o.walk.name for o in moved if o.pooled is not None and len(o.pooled.sides) < 2]
    if one_sided:
        yield (
            f"only one side of the door heard {_names(one_sided)}: the antennas of the other "
            "side are too weak, too far or turned away"
        )


def _directions(outcomes: Sequence[Outcome]) -> Iterable[str]:
    single = _directed(outcomes, SINGLE)
    trolleys = _directed(outcomes, TROLLEYS)
    wrong = [o for o in single if not _right(o)]
    askew = [o for o in trolleys if not (_right(o) and _files_agree(o))]
    if len(wrong) > len(single) / 2:
        yield (
            f"{len(wrong)} of {len(single)} walks came out the wrong way round: the sides are "
            "swapped. Exchange inside and outside of this door's antennas in the site file, or "
            "the two cables at the reader, and make the walks again"
        )
        return
    if wrong:
        yield (
            f"wrong direction in {_names(o.walk.name for o in wrong)}: turn the antennas of each "
            "side 30 degrees or more to their own side and hang them 0.45 m or more from the "
            "door plane"
        )
    if askew:
        yield (
            f"the trolley was told the wrong way in {_names(o.walk.name for o in askew)} although "
            "single files are right: antennas that look into the door from afar invert a whole "
            "trolley, confidently. Turn each to its own side and hang it 0.45 to 1 m from the "
            "door plane"
        )


def _directed(outcomes: Sequence[Outcome], labels: Sequence[Label]) -> list[Outcome]:
    return [o for o in outcomes if o.walk.label in labels and o.pooled is not None]


def _right(outcome: Outcome) -> bool:
    direction = outcome.walk.label.direction
    return direction is not None and outcome.pooled is not None and outcome.pooled.agrees(direction)


def _files_agree(outcome: Outcome) -> bool:
    """Hardly any file of a trolley was told to have gone the other way."""
    said = outcome.said()
    other = Direction.OUT if outcome.walk.label.direction is Direction.IN else Direction.IN
    return said[other] <= LOST_FILES * len(outcome.carried)


def _unclear(outcomes: Sequence[Outcome]) -> Iterable[str]:
    scores = _single_scores(outcomes)
    if not scores:
        return
    clearness = _quantile([abs(score.inward) for score in scores], 0.1)
    if clearness >= CLEAR:
        return
    points = _quantile([float(score.points) for score in scores], 0.5)
    if points < OFTEN:
        cure = (
            f"a file is heard too seldom (half of the walks gave fewer than {points:.0f} "
            "points): more power, antennas nearer to the lane, or fewer other tags in the field"
        )
    else:
        cure = (
            "the two sides hear nearly the same: turn the antennas of each side 30 degrees or "
            "more to their own side and hang them 0.45 m or more from the door plane"
        )
    yield f"directions are too weak ({clearness:.1f} where {CLEAR:.1f} is needed): {cure}"


def _from_nothing(outcomes: Sequence[Outcome]) -> Iterable[str]:
    for outcome in outcomes:
        if outcome.walk.label is Label.IDLE:
            moved = [told for told in outcome.told if told.verdict.direction in PASSED_THROUGH]
            if moved:
                yield (
                    f"{outcome.walk.name}: the door reports {moved[0].verdict.epc} as passed at "
                    f"{moved[0].at_s:.0f} s although nobody was there: move what lies near the "
                    "door, or lower the reader's power"
                )
        elif outcome.walk.label in WISHED:
            sure = [
                told
                for told in outcome.told
                if told.verdict.direction in PASSED_THROUGH
                and told.verdict.confidence >= COMMITTED
                and told.verdict.epc in outcome.carried
            ]
            if sure:
                yield (
                    f"{outcome.walk.name}: the door is sure of a passage "
                    f"({sure[0].verdict.direction}) that did not take place: lower the power, or "
                    "turn the antennas more to their own side"
                )


def _wished(outcomes: Sequence[Outcome]) -> Iterable[str]:
    for label, wished in WISHED.items():
        there = sum(outcome.walk.label is label for outcome in outcomes)
        if there < wished:
            yield f"{there} of {wished} recordings of {label}: not known what the door says to it"


def _single_scores(outcomes: Sequence[Outcome]) -> list[Score]:
    return [o.pooled for o in outcomes if o.walk.label in SINGLE and o.pooled is not None]


def _known_scores(outcomes: Sequence[Outcome]) -> list[tuple[float, bool]]:
    """Single tags of which it is known whether they went through."""
    return [
        (score.through, outcome.walk.label in SINGLE)
        for outcome in outcomes
        if outcome.walk.label not in TROLLEYS
        for score in outcome.own.values()
        if len(score.sides) == 2
    ]


def _figures(outcomes: Sequence[Outcome]) -> dict[str, str]:
    single = _directed(outcomes, SINGLE)
    trolleys = _directed(outcomes, TROLLEYS)
    scores = _single_scores(outcomes)
    figures = {
        "walks": str(len(single)),
        "walks_right": str(sum(map(_right, single))),
        "trolleys": str(len(trolleys)),
        "trolleys_right": str(sum(_right(o) and _files_agree(o) for o in trolleys)),
        "idle_s": f"{_quiet_s(outcomes):.0f}",
    }
    if scores:
        figures["direction_10_percent"] = f"{_quantile([abs(s.inward) for s in scores], 0.1):.2f}"
        figures["points_median"] = f"{_quantile([float(s.points) for s in scores], 0.5):.0f}"
    return figures


def _quantile(values: Sequence[float], share: float) -> float:
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])


def _names(names: Iterable[str]) -> str:
    every = list(names)
    shown = ", ".join(every[:6])
    return shown if len(every) <= 6 else f"{shown} and {len(every) - 6} more"
