"""Light beams and motion sensors at a reader's inputs."""

from drivers.llrp.profile import ReaderProfile
from simulators.llrp_abilities import Abilities
from simulators.llrp_reader import SimulatedReader
from tests.drivers.llrp.rig import connected
from tests.drivers.rig import Rig
from tests.services import eventually

EPC = "300833B2DDD9CAFEBABE801E"


def await_inputs(rig: Rig, *told: tuple[int, bool]) -> None:
    eventually(lambda: rig.inputs, lambda inputs: inputs == list(told))


def test_how_inputs_stand_is_told_at_first_and_at_each_change() -> None:
    with SimulatedReader() as reader:
        reader.set_input(2, high=True)
        with connected(reader) as rig:
            await_inputs(rig, (1, False), (2, True))
            reader.set_input(1, high=True)
            reader.set_input(1, high=False)
            await_inputs(rig, (1, False), (2, True), (1, True), (1, False))


def test_what_changed_while_the_link_was_down_is_told_after_it_is_back() -> None:
    with SimulatedReader(abilities=Abilities(inputs=1)) as reader, connected(reader) as rig:
        await_inputs(rig, (1, False))
        reader.drop()
        reader.set_input(1, high=True)
        await_inputs(rig, (1, False), (1, True))


def test_a_beam_that_opens_its_contact_is_active_when_the_input_falls() -> None:
    profile = ReaderProfile(inverted_inputs=frozenset({1}))
    with (
        SimulatedReader(abilities=Abilities(inputs=1)) as reader,
        connected(reader, profile) as rig,
    ):
        await_inputs(rig, (1, True))
        reader.set_input(1, high=True)
        await_inputs(rig, (1, True), (1, False))


def test_a_reader_that_will_not_say_how_its_inputs_stand_reads_all_the_same() -> None:
    with SimulatedReader() as reader:
        reader.refuse("GET_READER_CONFIG", "not today")
        with connected(reader) as rig:
            reader.show([(1, EPC, -50)])
            rig.await_reads(EPC)
            assert rig.inputs == []
