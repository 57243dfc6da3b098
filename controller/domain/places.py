"""Where a thing belongs: a place in a rack, read from the codes that catalogues write.

A place names at least rack and aisle. The aisle is a number of the bank's own, whatever the
shelves' labels count: labels that number columns and faces, or from the far end, are data of the
site file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from controller.domain.model_machines import within
from controller.domain.plans import RackPlan
from controller.domain.plans_shelving import MachinePlan


class ShelfSide(StrEnum):
    """The shelves at one's left or right hand, seen from the front of the bank."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfPlace:
    """A place in a rack; what the code does not say is ``None`` or empty."""

    rack: str
    aisle: int
    side: ShelfSide | None = None
    bay: int | None = None
    """列, from 1 at the front."""
    level: int | None = None
    """层, from 1 at the bottom."""
    slot: str = ""
    """格."""

    @property
    def code(self) -> str:
        """``rack-a/3/L/12/4/7``; ``-`` stands for what is not said."""
        side = "-" if self.side is None else self.side[0].upper()
        parts = [self.rack, str(self.aisle), side, _number(self.bay), _number(self.level)]
        parts += [self.slot] if self.slot else []
        while parts[-1] == "-":
            parts.pop()
        return "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePlace:
    """A place in a lift, crane or carousel: a tray, a shelf, or row, column and level."""

    machine: str
    numbers: tuple[int, ...]

    @property
    def target(self) -> str:
        """``12``, or ``1/4/3``."""
        return "/".join(map(str, self.numbers))

    @property
    def code(self) -> str:
        """``lift-1/12``, ``crane-1/1/4/3``."""
        return f"{self.machine}/{self.target}"


NUMBER = r"0*[1-9]\d{0,2}"
CODE = (
    rf"(?P<rack>[^/]+)/(?P<aisle>{NUMBER})(?:/(?P<side>[LRlr左右]|left|right|-)[侧]?"
    rf"(?:/(?P<bay>{NUMBER}|-)(?:/(?P<level>{NUMBER}|-)(?:/(?P<slot>[^/]+))?)?)?)?"
)
"""``rack-a/3/L/12/4/7``."""
WORDS = (
    rf"(?P<rack>.+?)\s*(?P<aisle>{NUMBER})\s*号?通道(?:\s*(?P<side>[左右])侧?)?"
    rf"(?:\s*(?P<bay>{NUMBER})\s*列)?(?:\s*(?P<level>{NUMBER})\s*层)?(?:\s*(?P<slot>\w+)\s*格)?"
)
"""``A区密集架 3号通道 左侧 12列 4层 7格``."""
IN_MACHINE = re.compile(
    r"(?P<machine>.+?)(?:/|\s+)(?P<place>\d{1,4}(?:/\d{1,4}){0,2}"
    r"|\d{1,4}\s*号?(?:托盘|层|tray|shelf)|\d{1,4}\s*排\s*\d{1,4}\s*列\s*\d{1,4}\s*层)"
)
"""``lift-1/12``, ``crane-1/1/4/3``, ``1号立库 12号托盘``, ``堆垛机 1排4列3层``."""
GROUPS = frozenset({"rack", "aisle", "side", "column", "face", "bay", "level", "slot"})
"""What a site's own pattern may name: ``aisle`` with ``side``, or ``column`` with ``face``."""

_SIDES = {
    "l": ShelfSide.LEFT,
    "left": ShelfSide.LEFT,
    "左": ShelfSide.LEFT,
    "r": ShelfSide.RIGHT,
    "right": ShelfSide.RIGHT,
    "右": ShelfSide.RIGHT,
}


def pattern_fault(pattern: str) -> str:
    """What is wrong with a site's own pattern; empty when nothing is."""
    try:
        names = set(re.compile(pattern).groupindex)
    except re.error as error:
        return f"is no regular expression: {error}"
    if names - GROUPS:
        return f"names {min(names - GROUPS)!r}; it may name {', '.join(sorted(GROUPS))}"
    if "rack" not in names or not (names >= {"aisle"} or names >= {"column", "face"}):
        return "must name rack, and aisle or column and face"
    return ""


class Places:
    """Reads location codes of one site."""

    def __init__(
        self,
        racks: Iterable[RackPlan],
        patterns: Sequence[str] = (),
        machines: Iterable[MachinePlan] = (),
    ) -> None:
        """``patterns`` are the site's own, tried before ``CODE`` and ``WORDS``."""
        self._patterns = [re.compile(pattern) for pattern in (*patterns, CODE, WORDS)]
        self._racks: dict[str, RackPlan] = {}
        for rack in racks:
            for name in (rack.id, rack.name, rack.shelves.code):
                if name:
                    self._racks[_folded(name)] = rack
        self._machines = {
            _folded(name): machine
            for machine in machines
            for name in (machine.id, machine.name, machine.code)
            if name
        }

    def in_machine(self, text: str) -> MachinePlace | None:
        """The place in a machine that ``text`` says: ``lift-1/12``, ``回转库1 12号托盘``."""
        match = IN_MACHINE.fullmatch(text.strip())
        machine = None if match is None else self._machines.get(_folded(match["machine"]))
        if match is None or machine is None:
            return None
        numbers = tuple(int(number) for number in re.findall(r"\d+", match["place"]))
        if not within(numbers, machine):
            return None
        return MachinePlace(machine=machine.id, numbers=numbers)

    def read(self, text: str) -> ShelfPlace | None:
        """The place that ``text`` says, if it says one that there is."""
        for pattern in self._patterns:
            match = pattern.fullmatch(text.strip())
            place = None if match is None else self._place(match.groupdict())
            if place is not None:
                return place
        return None

    def _place(self, said: dict[str, str | None]) -> ShelfPlace | None:
        rack = self._racks.get(_folded(said["rack"] or ""))
        if rack is None:
            return None
        aisle, side = _aisle(rack, said)
        place = ShelfPlace(
            rack=rack.id,
            aisle=aisle,
            side=side,
            bay=_whole(said.get("bay")),
            level=_whole(said.get("level")),
            slot=(said.get("slot") or "").strip(),
        )
        return place if _is_there(rack, place) else None


def _aisle(rack: RackPlan, said: dict[str, str | None]) -> tuple[int, ShelfSide | None]:
    """The bank's own number of the aisle, and the side, by either way of counting.

    Column c stands between aisles c - 1 and c: its last face is at the left of aisle c, its
    first at the right of aisle c - 1.
    """
    shelves = rack.shelves
    column = _whole(said.get("column"))
    if column is None:
        aisle, side = _whole(said.get("aisle")) or 0, _SIDES.get((said.get("side") or "").lower())
    elif said.get("face") == shelves.faces[1]:
        aisle, side = column, ShelfSide.LEFT
    elif said.get("face") == shelves.faces[0]:
        aisle, side = column - 1, ShelfSide.RIGHT
    else:
        return 0, None
    if not shelves.from_far_end:
        return aisle, side
    other = {ShelfSide.LEFT: ShelfSide.RIGHT, ShelfSide.RIGHT: ShelfSide.LEFT}
    return rack.aisles + 1 - aisle, None if side is None else other[side]


def _is_there(rack: RackPlan, place: ShelfPlace) -> bool:
    shelves = rack.shelves
    return (
        1 <= place.aisle <= rack.aisles
        and (shelves.bays is None or (place.bay or 1) <= shelves.bays)
        and (shelves.levels is None or (place.level or 1) <= shelves.levels)
        and (place.side is None or (place.aisle, place.side.value) not in shelves.bare)
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and text != "-" else None


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _folded(name: str) -> str:
    """People put spaces where they like."""
    return "".join(name.split()).casefold()
