"""The simulated serial readers do what they are told, and nothing before they are told."""

import os
import select
from pathlib import Path

from drivers.serial_uhf.wire import cfm, r200, uhf288
from simulators.llrp_tags import Seen
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_cfm import CfmBrain
from simulators.serial_reader_r200 import ROUND_S, R200Brain
from simulators.serial_reader_uhf288 import Uhf288Brain

TAG = Seen(1, "E28011704000021D35AE4008", -55.0)


def module(command: int, payload: bytes = b"", head: int = 0xBB) -> bytes:
    return r200.encode(r200.Frame(r200.COMMAND, command, payload, head))


def test_a_module_reports_nothing_before_it_is_told_to_and_nothing_after_it_is_stopped() -> None:
    brain = R200Brain()
    assert (brain.see(TAG, 0.0), brain.tick(9.0)) == ([], [])
    assert brain.hear(module(0x27, bytes.fromhex("22 2710")), 0.0) == []
    (notice,) = brain.see(TAG, 0.0)
    (frame,), _ = r200.frames(notice)
    assert [(tag.epc, tag.rssi) for tag in r200.read_tags(frame) or ()] == [(TAG.epc, -55)]
    (answer,) = brain.hear(module(0x28), 0.0)
    assert answer.hex() == "bb01280001002a7e"
    assert brain.see(TAG, 0.0) == []


def test_a_module_says_that_a_round_was_empty_and_stops_after_as_many_as_it_was_told() -> None:
    brain = R200Brain()
    brain.hear(module(0x27, bytes.fromhex("22 0002")), 0.0)
    assert [len(brain.tick(turn * ROUND_S * 1.01)) for turn in range(5)] == [0, 1, 1, 0, 0]
    assert not brain.reading


def test_a_module_answers_what_it_is_asked_and_declines_what_it_does_not_know() -> None:
    brain = R200Brain()
    assert b"M100 26dBm V1.0" in brain.hear(module(0x03, b"\x00"), 0.0)[0]
    brain.hear(module(0xB6, bytes.fromhex("0A28")), 0.0)
    assert brain.power_dbm == 26.0
    for command, code in ((0x99, 0x17), (0xB6, 0x0E)):
        (answer,) = brain.hear(module(command), 0.0)
        (frame,), _ = r200.frames(answer)
        assert r200.error_of(frame) == code


def test_a_module_of_one_variant_does_not_hear_the_other() -> None:
    assert R200Brain(0xAA).hear(module(0x03, b"\x00"), 0.0) == []
    assert R200Brain(0xAA).hear(module(0x03, b"\x00", 0xAA), 0.0) != []


def test_a_reader_answers_only_during_a_round_and_ends_it() -> None:
    brain = Uhf288Brain()
    assert brain.see(TAG, 0.0) == []
    (first,) = brain.hear(uhf288.encode(uhf288.inventory(0xFF, q=4, session=0)), 0.0)
    (second,) = brain.see(TAG, 0.0)
    (last,) = brain.tick(1.0)
    found, _ = uhf288.frames(first + second + last)
    assert [frame.status for frame in found] == [uhf288.MORE, uhf288.MORE, uhf288.COMPLETE]
    assert not brain.reading


def test_a_reader_reads_with_the_antenna_it_is_told() -> None:
    brain = Uhf288Brain()
    command = uhf288.inventory(0xFF, q=4, session=0, antenna=2)
    brain.hear(uhf288.encode(command), 0.0)
    assert brain.see(TAG, 0.0) == []
    assert len(brain.see(TAG._replace(antenna=2), 0.0)) == 1


def test_a_reader_ignores_what_is_for_another_address() -> None:
    asked = uhf288.encode(uhf288.Frame(7, uhf288.READER_INFO, b""))
    assert Uhf288Brain(address=3).hear(asked, 0.0) == []
    assert len(Uhf288Brain(address=7).hear(asked, 0.0)) == 1


def test_a_gate_reads_for_as_long_as_it_is_told_and_says_when_it_is_over() -> None:
    brain = CfmBrain()
    assert brain.see(TAG, 0.0) == []
    brain.hear(cfm.encode(cfm.inventory(seconds=5)), 0.0)
    assert (len(brain.see(TAG, 1.0)), brain.tick(4.0)) == (1, [])
    (over,) = brain.tick(5.0)
    assert over.hex() == "cf0000010112421d"
    assert not brain.reading


def test_a_gates_relays_and_parameters_are_as_they_were_set() -> None:
    brain = CfmBrain()
    brain.hear(cfm.encode(cfm.relay(2, closed=True)), 0.0)
    assert brain.relays == {1: False, 2: True}
    wanted = brain.parameters._replace(power_dbm=12, session=3)
    told = cfm.Frame(0xFF, cfm.SET_PARAMETERS, cfm.parameter_bytes(wanted))
    brain.hear(cfm.encode(told), 0.0)
    assert brain.parameters == wanted


def read(fd: int, within_s: float = 5.0) -> bytes:
    return os.read(fd, 4096) if select.select([fd], [], [], within_s)[0] else b""


def test_an_unplugged_reader_hangs_up_and_its_name_goes_and_comes_again() -> None:
    with SimulatedSerialReader(R200Brain) as reader:
        fd = os.open(reader.url, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, module(0x28))
        assert read(fd)[:3].hex() == "bb0128"
        reader.vanish()
        assert not Path(reader.url).exists()
        assert read(fd) == b""
        os.close(fd)
        reader.come_back()
        assert Path(reader.url).exists()


def test_a_silent_reader_obeys_but_says_nothing_and_noise_and_wrong_checks_are_sent() -> None:
    with SimulatedSerialReader(R200Brain) as reader:
        fd = os.open(reader.url, os.O_RDWR | os.O_NOCTTY)
        reader.silence()
        os.write(fd, module(0x28))
        assert read(fd, within_s=0.2) == b""
        reader.speak()
        reader.spoil()
        os.write(fd, module(0x28))
        assert r200.frames(read(fd)) == ([], 1)
        reader.hold()
        reader.say(b"one")
        reader.say(b"two")
        reader.release()
        assert read(fd) == b"onetwo"
        os.close(fd)
