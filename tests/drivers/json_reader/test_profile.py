"""Profiles of JSON readers: those shipped, and what is refused."""

from pathlib import Path

import pytest

from drivers.json_reader.profile import JsonReaderProfile, load_json_reader_profile
from drivers.profiles import ProfileError, find_profile


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("impinj-r700", JsonReaderProfile(format="impinj", stream_silence_s=65.0)),
        ("zebra-iotc", JsonReaderProfile(format="zebra")),
    ],
)
def test_the_shipped_profiles_are_read(name: str, profile: JsonReaderProfile) -> None:
    assert load_json_reader_profile(find_profile(f"readers/{name}.toml")) == profile


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "format: '' is not one of impinj, zebra"),
        ('format = "llrp"', "format: 'llrp' is not one of"),
        ('format = "zebra"\nsilence = 3', "silence: 3 is not of type dict"),
        ('format = "zebra"\n[silence]\nstream_s = 0', "silence.stream_s: 0 is outside"),
        ('format = "zebra"\n[silence]\nquiet_s = 1', "silence.quiet_s: this key is not known"),
        ('format = "zebra"\nspeed = 1', "speed: this key is not known"),
        ("format", "not TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "reader.toml"
    file.write_text(text)
    with pytest.raises(ProfileError, match=complaint.replace(".", r"\.")):
        load_json_reader_profile(file)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_json_reader_profile(tmp_path / "none.toml")
