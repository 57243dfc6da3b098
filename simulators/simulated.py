"""Which simulated machine stands behind which profile."""

from collections.abc import Callable, Mapping, Sequence

from drivers.profiles import Profile, Verb
from simulators.machines.air import Air
from simulators.machines.carousel import Carousel
from simulators.machines.crane import Crane
from simulators.machines.lift import Lift
from simulators.machines.machine import Machine, Value, Values
from simulators.machines.puppet import Outcome, Puppet
from simulators.machines.shelving import Shelving
from simulators.profiled_device import ProfiledDevice


def device_of(profile: Profile, *, seed: int = 0) -> ProfiledDevice:
    """A device of that profile, with the physics of its class."""
    return ProfiledDevice(profile, machine_of(profile, seed))


def machine_of(profile: Profile, seed: int) -> Machine | Air:
    """The physics behind that profile; a class without any gets a puppet."""
    build = _MACHINES.get(profile.device_class)
    machine = None if build is None else build(profile.params, seed)
    verbs = set(profile.command.verbs) if profile.command else set()
    if machine is None or (isinstance(machine, Machine) and not verbs <= machine.verbs):
        return Puppet({name: _outcome(verb) for name, verb in _verbs(profile).items()})
    return machine


_MACHINES: Mapping[str, Callable[[Mapping[str, int], int], Machine | Air]] = {
    "mobile_shelving": lambda size, seed: Shelving(size["columns"], seed=seed),
    "lift": lambda size, _: Lift(size["trays"], size["bays"]),
    "crane": lambda size, _: Crane(size["rows"], size["columns"], size["levels"]),
    "carousel": lambda size, _: Carousel(size["shelves"]),
    "climate": lambda _, seed: Air(seed=seed),
}


def _verbs(profile: Profile) -> Mapping[str, Verb]:
    return profile.command.verbs if profile.command else {}


def _outcome(verb: Verb) -> Outcome:
    def shown(arguments: Mapping[str, int]) -> Values:
        values: dict[str, Value | Sequence[Value]] = {}
        for confirm in verb.confirm:
            said = arguments.get(str(confirm.value), confirm.value)
            one = frozenset({str(said)}) if confirm.relation == "has" else said
            if confirm.index is None:
                values[confirm.point.name] = one
            else:
                at = arguments[confirm.index] - 1
                values[confirm.point.name] = [one if i == at else 0
                                              for i in range(confirm.point.count)]  # fmt: skip
        return values

    return shown
