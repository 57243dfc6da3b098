"""How each kind of alarm behaves: one registry for climate, doors, shelving, devices and ourselves.

Values made from the site file; what the site file does not say is as it stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from controller.domain.model import AlarmKind, Priority

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86_400.0
LONGEST_SHELVING_S = DAY_S


class Area(StrEnum):
    """What a kind of alarm is about, which says who looks after it."""

    DOOR = "door"
    CLIMATE = "climate"
    SHELVING = "shelving"
    DEVICE = "device"
    CONTROLLER = "controller"


AREAS: Mapping[AlarmKind, Area] = {
    AlarmKind.UNAUTHORISED_EXIT: Area.DOOR,
    AlarmKind.UNDECIDED_PASSAGE: Area.DOOR,
    AlarmKind.CLONED_TAG: Area.DOOR,
    AlarmKind.CLIMATE_HIGH: Area.CLIMATE,
    AlarmKind.CLIMATE_LOW: Area.CLIMATE,
    AlarmKind.CLIMATE_RATE: Area.CLIMATE,
    AlarmKind.CLIMATE_DAILY: Area.CLIMATE,
    AlarmKind.DEW_POINT_MARGIN: Area.CLIMATE,
    AlarmKind.CLIMATE_STALE: Area.DEVICE,
    AlarmKind.CLIMATE_FLATLINE: Area.DEVICE,
    AlarmKind.CLIMATE_DISAGREEMENT: Area.DEVICE,
    AlarmKind.SENSOR_BATTERY: Area.DEVICE,
    AlarmKind.CALIBRATION_DUE: Area.DEVICE,
    AlarmKind.DEVICE_LOST: Area.DEVICE,
    AlarmKind.RACK_FAULT: Area.SHELVING,
    AlarmKind.STORE_FULL: Area.CONTROLLER,
    AlarmKind.CLOCK_STEPPED: Area.CONTROLLER,
    AlarmKind.ALARM_FLOOD: Area.CONTROLLER,
}
NEVER_PUT_ASIDE = frozenset(
    {AlarmKind.UNAUTHORISED_EXIT, AlarmKind.CLONED_TAG, AlarmKind.ALARM_FLOOD}
)
"""A file that left is answered by its loan or its return; a flood ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """How alarms of one kind behave."""

    latched: bool = False
    auto_acknowledges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """When alarms of some sources mean nothing, by design."""

    id: str
    kinds: frozenset[AlarmKind]
    sources: frozenset[str]
    input: tuple[str, int] | None = None
    """Suppresses while this input of that device is active; ``None``: always."""
    settle_s: float = 0.0
    """And so long after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodRule:
    """When many alarms become one notice (EEMUA 191: 10 in 10 minutes, over below 5)."""

    window_s: float = 600.0
    begins_at: int = 10
    ends_below: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPlan:
    """How alarms behave at this site."""

    kinds: Mapping[AlarmKind, KindRule] = field(default_factory=dict)
    escalation: Mapping[Priority, tuple[float, ...]] = field(
        default_factory=lambda: {
            Priority.CRITICAL: (15 * MINUTE_S, 30 * MINUTE_S, HOUR_S),
            Priority.HIGH: (4 * HOUR_S, DAY_S),
            Priority.MEDIUM: (4 * HOUR_S, DAY_S),
        }
    )
    """Seconds without an acknowledgement until each level; a priority without any never is."""
    suppressions: tuple[Suppression, ...] = ()
    flood: FloodRule = FloodRule()

    def rule(self, kind: AlarmKind) -> KindRule:
        """How alarms of ``kind`` behave."""
        return self.kinds.get(kind, _PLAIN)


_PLAIN = KindRule()
