"""Profiles of serial readers: the shipped ones load, and what makes no sense is refused."""

from pathlib import Path

import pytest

from drivers.profiles import ProfileError, find_profile
from drivers.serial_uhf.profile import RssiLine, SerialProfile, load_serial_profile


def written(folder: Path, text: str) -> Path:
    path = folder / "reader.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "baud", "rssi"),
    [
        ("r200", 115_200, RssiLine(dbm_per_unit=1.0)),
        ("uhf288", 57_600, None),
        ("cfm", 115_200, RssiLine(dbm_per_unit=0.1)),
    ],
)
def test_the_shipped_profiles_load(name: str, baud: int, rssi: RssiLine | None) -> None:
    profile = load_serial_profile(find_profile(f"readers/{name}.toml"))
    assert (profile.kind, profile.baud, profile.session) == (name, baud, 0)
    assert profile.rssi == rssi
    assert (profile.transmit_power_dbm, profile.region) == (None, None)


def test_the_family_is_enough(tmp_path: Path) -> None:
    profile = load_serial_profile(written(tmp_path, 'kind = "uhf288"'))
    assert profile == SerialProfile(kind="uhf288", variant="288", baud=57_600)


def test_every_key_arrives(tmp_path: Path) -> None:
    text = """
    kind = "uhf288"
    device = { variant = "18", address = 3 }
    line = { baud = 9600, silence_s = 9, answer_within_s = 2, inter_byte_s = 0.2 }
    rssi = { dbm_per_unit = 0.5, dbm_at_zero = -100 }
    [inventory]
    session = 1
    q = 7
    antennas = [1, 4]
    scan_time_s = 2
    region = "korea"
    transmit_power_dbm = 27.5
    """
    assert load_serial_profile(written(tmp_path, text)) == SerialProfile(
        kind="uhf288",
        variant="18",
        address=3,
        baud=9600,
        silence_s=9.0,
        answer_within_s=2.0,
        inter_byte_s=0.2,
        rssi=RssiLine(dbm_per_unit=0.5, dbm_at_zero=-100.0),
        session=1,
        q=7,
        antennas=(1, 4),
        scan_time_s=2.0,
        region="korea",
        transmit_power_dbm=27.5,
    )


def test_a_gates_lamps_may_be_the_other_way_round(tmp_path: Path) -> None:
    text = 'kind = "cfm"\noutputs = { inverted = [2] }'
    assert load_serial_profile(written(tmp_path, text)).inverted_outputs == {2}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "kind: this key is missing"),
        ('kind = "llrp"', "kind: 'llrp' is not one of"),
        ('kind = "r200"\ncolour = 1', "colour: this key is not known"),
        ('kind = "r200"\n[inventory]\nregion = "moon"', "inventory.region"),
        ('kind = "uhf288"\n[inventory]\nregion = "japan"', "inventory.region"),
        ('kind = "r200"\n[inventory]\nsession = 4', "inventory.session"),
        ('kind = "r200"\n[inventory]\ntransmit_power_dbm = 40', "transmit_power_dbm"),
        ('kind = "uhf288"\n[inventory]\nantennas = [9]', "inventory.antennas"),
        ('kind = "r200"\n[device]\nvariant = "CC"', "device.variant"),
        ('kind = "cfm"\n[outputs]\ninverted = [3]', "outputs.inverted"),
        ('kind = "uhf288"\n[rssi]\ndbm_at_zero = -100', "rssi.dbm_per_unit"),
        ('kind = "r200"\n[inventory]\nantennas = [1]', "inventory.antennas: this key is not known"),
        ('kind = "r200"\n[device]\naddress = 3', "device.address: this key is not known"),
        ('kind = "cfm"\n[inventory]\nscan_time_s = 1', "scan_time_s: this key is not known"),
        ('kind = "uhf288"\n[outputs]\ninverted = [1]', "outputs.inverted: this key is not known"),
        ("kind = ", "not TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_key(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ProfileError, match=complaint):
        load_serial_profile(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_serial_profile(tmp_path / "none.toml")
