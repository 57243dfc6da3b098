"""Reader profiles: the one that is shipped, and every mistake with its file and key."""

from pathlib import Path

import pytest

from drivers.llrp.profile import ReaderProfile, TransmitPower, load_reader_profile
from drivers.profiles import ProfileError, find_profile


def write(folder: Path, text: str) -> Path:
    path = folder / "reader.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_profile_is_what_an_empty_one_would_be() -> None:
    assert load_reader_profile(find_profile("readers/generic-llrp.toml")) == ReaderProfile()


def test_every_key_arrives(tmp_path: Path) -> None:
    text = """
        [inventory]
        session = 2
        tag_population = 100
        mode_index = 1000
        tari_ns = 6250
        antennas = [1, 2]
        transmit_power_dbm = 30
        [[antenna]]
        port = 2
        transmit_power_index = 41
        [report]
        every_tags = 10
        last_seen = false
        first_seen = true
        seen_count = false
        pc = true
        [impinj]
        phase = true
        doppler = true
        tid = true
        [outputs]
        inverted = [3]
        [inputs]
        inverted = [1]
    """
    assert load_reader_profile(write(tmp_path, text)) == ReaderProfile(
        session=2,
        tag_population=100,
        mode_index=1000,
        tari_ns=6250,
        antennas=(1, 2),
        power=TransmitPower(dbm=30.0),
        antenna_power={2: TransmitPower(index=41)},
        report_every_tags=10,
        report_last_seen=False,
        report_first_seen=True,
        report_seen_count=False,
        report_pc=True,
        impinj_phase=True,
        impinj_doppler=True,
        impinj_tid=True,
        inverted_outputs=frozenset({3}),
        inverted_inputs=frozenset({1}),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[inventory]\nsesion = 1", "inventory.sesion: this key is not known"),
        ("[inventry]", "inventry: this key is not known"),
        ("[inventory]\nsession = 4", "inventory.session: 4 is outside 0..3"),
        ("[inventory]\nsession = true", "inventory.session: True is not of type int"),
        ("[inventory]\nantennas = [0]", "inventory.antennas: 0 is no port"),
        ("[inventory]\nantennas = [1, 1]", "named twice"),
        ("[inventory]\ntransmit_power_dbm = 99", "inventory.transmit_power_dbm: 99 is outside"),
        (
            "[inventory]\ntransmit_power_dbm = 20\ntransmit_power_index = 3",
            "inventory.transmit_power_index: give either dBm or an index, not both",
        ),
        ("[[antenna]]\nport = 1\n[[antenna]]\nport = 1", "antenna[1].port: antenna 1 is named"),
        ("[[antenna]]\nport = 1\npower = 3", "antenna[0].power: this key is not known"),
        ("inventory = 3", "inventory"),
        ("[inventory", "not TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ProfileError) as raised:
        load_reader_profile(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert complaint in str(raised.value)


def test_a_profile_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        load_reader_profile(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(ProfileError, match="not TOML"):
        load_reader_profile(tmp_path / "latin.toml")
