"""An independent decoder reads the access operations and the Impinj extension that we send."""

from pathlib import Path

from drivers.commands import (
    KillTag,
    LockField,
    LockPrivilege,
    LockTag,
    MemoryBank,
    ReadTagMemory,
    WriteTagMemory,
)
from drivers.llrp.wire import encode
from drivers.observations import TagAccessed
from simulators.llrp_reader import SimulatedReader
from simulators.tag_memory import SimulatedTag
from tests.drivers.llrp.rig import connected
from tests.drivers.llrp.test_makes import EVERYTHING, IMPINJ
from tests.drivers.llrp.test_wire_against_tshark import check, dissected
from tests.services import eventually

EPC = "300833B2DDD9CAFEBABE801E"
COMMANDS = (
    ReadTagMemory(
        device="d", command_id="1", epc=EPC, bank=MemoryBank.TID, word_pointer=0, words=6
    ),
    WriteTagMemory(
        device="d", command_id="2", epc=EPC, bank=MemoryBank.USER, word_pointer=2, data="CAFEBABE"
    ),
    LockTag(
        device="d",
        command_id="3",
        epc=EPC,
        field=LockField.USER,
        privilege=LockPrivilege.LOCK,
        access_password=0,
    ),
    KillTag(device="d", command_id="4", epc=EPC, kill_password=0x12345678),
)


def test_every_access_operation_and_maker_message_is_well_formed(tmp_path: Path) -> None:
    with SimulatedReader(abilities=IMPINJ) as reader:
        reader.lay(SimulatedTag(EPC, kill_password=0x12345678))
        with connected(reader, EVERYTHING, allow_kill=True) as rig:
            for command in COMMANDS:
                rig.driver.submit(command)
            eventually(
                lambda: [said for said in list(rig.said) if isinstance(said, TagAccessed)],
                lambda told: [each.detail for each in told] == [""] * len(COMMANDS),
            )
        sent = list(reader.heard)
    packets = dissected(tmp_path, [encode(each) for each in sent])
    check(packets, sent)
    assert "CUSTOM_MESSAGE" in {each.name for each in sent}
    added = [p for each, p in zip(sent, packets, strict=True) if each.name == "ADD_ACCESSSPEC"]
    assert len(added) == len(COMMANDS)
    for number, packet in enumerate(added, start=1):
        assert packet["llrp.param.opspec_id"] == [str(number)]
