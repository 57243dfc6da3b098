"""How the antennas of a door hang, and which ways of hanging them are known to fail."""

from collections.abc import Iterable
from dataclasses import dataclass

NEAR_M = 0.45
TURNED_DEG = 30.0
APART_M = 1.0
"""So far from the door plane antennas need not be turned."""
FAR_M = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """As the installer measured it; ``None`` where nobody did."""

    offset_m: float | None = None
    """From the door plane to the nearest antenna, along the way people walk."""
    turned_deg: float | None = None
    """0: looking straight across the lane; positive: to its own side; negative: into the door."""

    def warnings(self) -> Iterable[str]:
        """What is known to go wrong with antennas hung like this."""
        offset_m, turned_deg = self.offset_m, self.turned_deg
        if turned_deg is not None and turned_deg < 0:
            far = offset_m is not None and offset_m >= FAR_M
            yield (
                "antennas that look into the door invert a whole trolley: labels lying across the "
                "lane are heard best from the far side, all of them alike, so the door is sure "
                "and wrong" + (" (two trolley files of three in trials)" if far else "")
            )
        if offset_m is None:
            return
        if offset_m < NEAR_M:
            yield (
                f"{offset_m:g} m from the door plane is too near: below {NEAR_M} m one trolley "
                "file in eleven goes the wrong way and few passages can be committed unattended"
            )
        elif offset_m < APART_M and turned_deg is not None and 0 <= turned_deg < TURNED_DEG:
            yield (
                f"turned {turned_deg:g} degrees is too little at {offset_m:g} m: turn each antenna "
                f"{TURNED_DEG:.0f} degrees or more to its own side, or hang it {APART_M:g} m away"
            )
