"""A picture as the rest of the product sees it: pure."""

from drivers.observations import MachineStatus, Moment, RackStatus
from drivers.profiles import Profile
from drivers.registers import Measured
from drivers.shelving.wire import Picture


def status_of(
    picture: Picture, profile: Profile, name: str, at: Moment
) -> RackStatus | MachineStatus:
    """Of shelving its aisles, of other machines whatever they show."""
    if profile.device_class == "mobile_shelving":
        return RackStatus(
            at=at,
            rack=name,
            mode=picture.mode,
            open_aisle=picture.open_aisle,
            presence=picture.presence,
            fault_code=picture.fault_code,
            lit_aisle=picture.lit_aisle,
        )
    return MachineStatus(
        at=at,
        device=name,
        mode=picture.mode,
        moving=picture.moving,
        fault_code=picture.fault_code,
        values={point: _plain(measured) for point, measured in picture.values.items()},
    )


def _plain(measured: tuple[Measured, ...]) -> tuple[float | int | str | None, ...]:
    """Of flags the names that are set."""
    first = measured[0].value if measured else None
    if isinstance(first, frozenset):
        return tuple(sorted(map(str, first)))
    return tuple(one.value if not isinstance(one.value, frozenset) else None for one in measured)
