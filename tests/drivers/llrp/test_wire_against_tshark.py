"""An independent decoder reads every frame that driver and simulated reader send."""

import json
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from drivers.commands import SwitchOutputs
from drivers.llrp.profile import ReaderProfile, TransmitPower
from drivers.llrp.wire import Message, encode, message, parameter
from simulators.llrp_abilities import Abilities, capabilities
from simulators.llrp_brain import ReaderBrain
from simulators.llrp_reader import SimulatedReader
from simulators.llrp_tags import Seen
from tests.drivers.llrp.rig import connected
from tests.services import eventually, require_program

LLRP_PORT = 5084
RAW_IP = 101
TSHARK_IS_WRONG = {"SET_PROTOCOL_VERSION"}
"""It shows the octet of the version but does not count it (4.0)."""


def dissected(folder: Path, frames: Sequence[bytes]) -> list[dict[str, Any]]:
    """What tshark makes of each frame: every field with the list of its values."""
    capture = folder / "frames.pcap"
    capture.write_bytes(_pcap(frames))
    command = [require_program("tshark"), "-r", str(capture), "-T", "json", "--no-duplicate-keys"]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    packets = json.loads(output)
    assert len(packets) == len(frames)
    return [dict(_flat(packet["_source"]["layers"])) for packet in packets]


def _pcap(frames: Sequence[bytes]) -> bytes:
    """One TCP segment to the LLRP port for each frame."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, RAW_IP)]
    sequence = 1
    for number, frame in enumerate(frames):
        tcp = struct.pack(">HHIIBBHHH", 40000, LLRP_PORT, sequence, 1, 0x50, 0x18, 65535, 0, 0)
        size = 40 + len(frame)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, size, number, 0, 64, 6, 0) + bytes(4) + b"\x7f\0\0\1"
        parts.append(struct.pack("<IIII", number, 0, size, size) + ip + tcp + frame)
        sequence += len(frame)
    return b"".join(parts)


def _flat(tree: object) -> Iterator[tuple[str, list[str]]]:
    """Every field below, with all its values, however deep the dissector nested it."""
    found: dict[str, list[str]] = {}
    _gather(tree, found)
    return iter(found.items())


def _gather(tree: object, found: dict[str, list[str]]) -> None:
    if isinstance(tree, list):
        for part in tree:
            _gather(part, found)
    if isinstance(tree, dict):
        for name, inner in tree.items():
            values = inner if isinstance(inner, list) else [inner]
            found.setdefault(name, []).extend(value for value in values if isinstance(value, str))
            _gather(inner, found)


def check(packets: list[dict[str, Any]], sent: Sequence[Message]) -> None:
    for packet, each in zip(packets, sent, strict=True):
        malformed = any("malformed" in name for name in packet)
        assert malformed == (each.name in TSHARK_IS_WRONG), each.name
        assert packet["llrp.type"] == [str(each.kind)]
        assert packet["llrp.id"] == [str(each.id)]
        assert packet["llrp.version"][0] == str(each.version)


def test_every_frame_the_driver_sends_is_well_formed(tmp_path: Path) -> None:
    profile = ReaderProfile(
        session=2,
        mode_index=1000,
        antennas=(1, 3),
        power=TransmitPower(dbm=25.1),
        antenna_power={3: TransmitPower(index=7)},
    )
    with SimulatedReader() as reader:
        with connected(reader, profile) as rig:
            rig.driver.submit(SwitchOutputs(device="d", on=(1, 3), off=(2,), for_s=None))
            eventually(lambda: reader.outputs[3] and reader.acknowledged, bool)
        sent = list(reader.heard)
    packets = dissected(tmp_path, [encode(each) for each in sent])
    check(packets, sent)
    by_name = {each.name: packet for each, packet in zip(sent, packets, strict=True)}
    assert {"KEEPALIVE_ACK", "GET_SUPPORTED_VERSION", "CLOSE_CONNECTION"} <= by_name.keys()
    added = by_name["ADD_ROSPEC"]
    assert added["llrp.param.antenna"] == ["1", "3"]
    assert added["llrp.param.rospec_id"] == ["1"]
    assert added["llrp.param.transmit_power"] == ["61", "7"]
    assert added["llrp.param.session"] == ["2", "2"]


def test_every_tag_a_report_carries_is_read_alike(tmp_path: Path) -> None:
    seen = [Seen(1 + n % 4, f"{n:024X}", -50.0, 10**15 + n, n + 1) for n in range(1, 60)]
    brain = ReaderBrain(Abilities(), clock_us=lambda: 0)
    spec = parameter(
        "ROSpec",
        parameter(
            "ROBoundarySpec", parameter("ROSpecStartTrigger"), parameter("ROSpecStopTrigger")
        ),
        parameter("AISpec", parameter("AISpecStopTrigger"), AntennaIDs=(0,)),
        parameter(
            "ROReportSpec",
            parameter("TagReportContentSelector", EnableAntennaID=1, EnableTagSeenCount=1),
            ROReportTrigger=1,
            N=7,
        ),
        ROSpecID=1,
    )
    asked = [message("ADD_ROSPEC", 1, spec)]
    asked += [message(name, 2, ROSpecID=1) for name in ("ENABLE_ROSPEC", "START_ROSPEC")]
    sent = [brain.connected(), *(answer for each in asked for answer in brain.hear(each))]
    reports = list(brain.see(seen))
    packets = dissected(tmp_path, [encode(each) for each in [*sent, *reports]])
    check(packets, [*sent, *reports])
    epcs = [epc for packet in packets for epc in packet.get("llrp.param.epc", [])]
    antennas = [port for packet in packets for port in packet.get("llrp.antenna_id", [])]
    told = seen[: 7 * len(reports)]
    assert [epc.replace(":", "").upper() for epc in epcs] == [each.epc for each in told]
    assert antennas == [str(each.antenna) for each in told]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("GET_READER_CAPABILITIES_RESPONSE", (parameter("LLRPStatus"), *capabilities(Abilities()))),
        (
            "ADD_ACCESSSPEC",
            (
                parameter(
                    "AccessSpec",
                    parameter("AccessSpecStopTrigger"),
                    parameter(
                        "AccessCommand",
                        parameter("C1G2TagSpec", parameter("C1G2TargetTag", MB=1, Match=1)),
                        parameter("C1G2Read", OpSpecID=1, MB=2, WordCount=6),
                    ),
                    AccessSpecID=5,
                    ProtocolID=1,
                ),
            ),
        ),
    ],
)
def test_other_messages_are_well_formed_too(
    tmp_path: Path, name: str, parts: tuple[Any, ...]
) -> None:
    sent = message(name, 9, *parts)
    check(dissected(tmp_path, [encode(sent)]), [sent])
