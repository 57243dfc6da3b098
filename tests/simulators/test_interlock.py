"""A bank rolls if and only if the rule, stated here a second time, lets it.

The rule is kept by bookkeeping of what people did, never by asking the bank; whether it rolls is
measured on its carriages. The draws are steered to where it is dangerous: most of them command,
let time pass, or put somebody in the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulators.machines.shelving import Shelving
from simulators.profiled_device import ProfiledDevice
from tests.simulators.orders import order, profile

PROFILE = profile("shelving/mobile-shelving.toml")
AISLES = range(1, 8)
STEP_S = 0.4
"""Five of these without a beat, and the watchdog's two seconds are reached, not passed."""

aisle = st.sampled_from([2, 5])
hindrance = st.one_of(
    st.tuples(st.sampled_from(["enter_aisle", "obstruct_aisle"]), aisle),
    st.tuples(
        st.sampled_from(["press_emergency_stop", "lose_power", "overload", "report_fire",
                         "release_brakes", "cross_light_curtain", "local", "break_down"]),
        st.just(0),
    ),
)  # fmt: skip
relief = st.one_of(
    st.tuples(st.sampled_from(["leave_aisle", "clear_aisle"]), aisle),
    st.tuples(
        st.sampled_from(["release_emergency_stop", "restore_power", "relieve", "end_fire",
                         "engage_brakes", "remote", "repair"]),
        st.just(0),
    ),
)  # fmt: skip
ordinary = st.one_of(
    st.tuples(st.sampled_from(["open"]), st.sampled_from([0, 1, 2, 4, 7, 8])),
    st.tuples(st.sampled_from(["beat", "beat", "wait", "reset_locally", "stop"]), st.just(0)),
)
deeds = st.lists(st.one_of(ordinary, ordinary, hindrance, relief), max_size=40)


@dataclass
class Rule:
    """What may roll, said in another way than the bank does it."""

    in_the_way: set[tuple[str, int]] = field(default_factory=set)
    """What hinders now: it is put in the way, and taken away again."""
    latched: bool = False
    going_to: int | None = None
    unbeaten: int = 0
    """Steps of time since the last beat or command."""

    def may_begin(self, wanted: int) -> bool:
        """Exactly if nothing hinders, nothing is latched or rolls, and there is such an aisle."""
        clear = not self.in_the_way and not self.latched and self.going_to is None
        return clear and wanted in AISLES

    def hinder(self, what: str, where: int) -> None:
        """Red button, power and released brakes latch always; hazards latch what rolls."""
        always = what in ("press_emergency_stop", "lose_power", "release_brakes")
        unlatched = what in ("local", "break_down")
        if what != "cross_light_curtain":
            self.in_the_way.add((what, where))
        if always or (self.going_to is not None and not unlatched):
            self.latched = True
        self.going_to = None

    def relieve(self, what: str, where: int) -> None:
        """The end of one hindrance; nothing else changes."""
        self.in_the_way.discard((UNDOES[what], where))

    def reset(self) -> None:
        """Works only while nothing is in the way; the key switch and a fault do not matter."""
        if not any(what not in ("local", "break_down") for what, _ in self.in_the_way):
            self.latched = False


UNDOES: Mapping[str, str] = {
    "leave_aisle": "enter_aisle",
    "clear_aisle": "obstruct_aisle",
    "release_emergency_stop": "press_emergency_stop",
    "restore_power": "lose_power",
    "relieve": "overload",
    "end_fire": "report_fire",
    "engage_brakes": "release_brakes",
    "remote": "local",
    "repair": "break_down",
}


SWITCHES: Mapping[str, tuple[str, dict[str, int | str]]] = {
    "local": ("switch_to", {"mode": "local"}),
    "remote": ("switch_to", {"mode": "remote"}),
    "break_down": ("break_down", {"fault_code": 2}),
    "repair": ("break_down", {"fault_code": 0}),
}


class Bank:
    """The bank under test, and how the deeds are done to it."""

    def __init__(self) -> None:
        self.machine = Shelving(8, speed_mm_per_s=300.0, seed=3)
        self.device = ProfiledDevice(PROFILE, self.machine)
        self.sequence = 0
        self.beats = 0

    def open(self, wanted: int) -> bool:
        """Whether it set out."""
        self.sequence += 1
        before = len(self.machine.motions)
        order(self.device, "open_aisle", {"aisle": wanted}, self.sequence)
        values = self.device.values()
        assert values["ack_seq"] == self.sequence
        began = len(self.machine.motions) > before
        assert (values["ack_code"] == "accepted") is began
        return began

    def beat(self) -> None:
        self.beats += 1
        self.device.write("holding", 0, [self.beats])

    def rolled(self) -> bool:
        """Whether anything moved while a step of time passed."""
        before = self.machine.carriages.travelled_mm
        self.device.advance(STEP_S)
        return self.machine.carriages.travelled_mm > before

    def do(self, what: str, where: int) -> None:
        """A hindrance, or its end."""
        name, arguments = SWITCHES.get(what, (what, {"aisle": where} if where else {}))
        self.device.perform(name, arguments)


@given(deeds=deeds)
@settings(max_examples=400, deadline=None)
@example(deeds=[("open", 7), ("enter_aisle", 2), ("leave_aisle", 2), ("wait", 0), ("open", 7)])
@example(deeds=[("open", 7), *[("wait", 0)] * 7, ("beat", 0), ("wait", 0)])
@example(deeds=[("lose_power", 0), ("restore_power", 0), ("open", 4)])
@example(deeds=[("report_fire", 0), ("relieve", 0), ("open", 4)])
@example(deeds=[("press_emergency_stop", 0), ("reset_locally", 0),
                ("release_emergency_stop", 0), ("open", 4)])  # fmt: skip
def test_the_bank_rolls_if_and_only_if_the_rule_lets_it(deeds: list[tuple[str, int]]) -> None:
    bank, rule = Bank(), Rule()
    for what, where in deeds:
        if what == "open":
            begins = rule.may_begin(where)
            assert bank.open(where) is begins
            if begins:
                rule.going_to, rule.unbeaten = where, 0
        elif what in ("beat", "wait"):
            pass_time(bank, rule, beaten=what == "beat")
        elif what == "stop":
            bank.device.write("holding", 8, [1])
            rule.going_to = None
        elif what == "reset_locally":
            bank.device.perform(what, {})
            rule.reset()
        else:
            bank.do(what, where)
            (rule.relieve if what in UNDOES else rule.hinder)(what, where)
    assert bank.rolled() is may_roll(bank, rule)


def pass_time(bank: Bank, rule: Rule, *, beaten: bool) -> None:
    """One step of time; the bank rolls in it exactly if the rule lets it."""
    if beaten:
        bank.beat()
        rule.unbeaten = 0
    may = may_roll(bank, rule)
    assert bank.rolled() is may
    rule.unbeaten += 1
    if rule.unbeaten * STEP_S > 2.0 or bank.machine.carriages.open_aisle == rule.going_to:
        rule.going_to = None


def may_roll(bank: Bank, rule: Rule) -> bool:
    """Somewhere to go, not there yet, and beaten within its two seconds."""
    there = bank.machine.carriages.open_aisle == rule.going_to
    return rule.going_to is not None and not there and (rule.unbeaten + 1) * STEP_S <= 2.0 + 1e-9
