"""Loads the profile of a door's reader, and sees that it is one for its kind."""

from pathlib import Path

from controller.site_readers import (
    JsonReader,
    LlrpReader,
    SerialReader,
    json_dialect,
    profile_name,
)
from drivers.json_reader.profile import JsonReaderProfile, load_json_reader_profile
from drivers.llrp.profile import ReaderProfile, load_reader_profile
from drivers.profiles import ProfileError, find_profile
from drivers.serial_uhf.profile import SerialProfile, load_serial_profile


def llrp_profile(reader: LlrpReader, beside: Path) -> ReaderProfile:
    """Raises ProfileError: it is missing or cannot be used."""
    return load_reader_profile(find_profile(reader.profile, beside))


def serial_profile(reader: SerialReader, beside: Path) -> SerialProfile:
    """Raises ProfileError: it is missing or cannot be used."""
    return load_serial_profile(find_profile(reader.profile, beside))


def json_profile(reader: JsonReader, beside: Path) -> JsonReaderProfile:
    """Raises ProfileError: it is missing, cannot be used, or is for another make."""
    path = find_profile(profile_name(reader), beside)
    profile = load_json_reader_profile(path)
    if profile.format != json_dialect(reader):
        raise ProfileError(f"{path}: format: {profile.format!r} does not fit kind {reader.kind!r}")
    return profile


def require_profile(reader: LlrpReader | SerialReader | JsonReader, beside: Path) -> None:
    """Raises ProfileError: the profile of ``reader`` is missing or cannot be used."""
    match reader:
        case LlrpReader():
            llrp_profile(reader, beside)
        case SerialReader():
            serial_profile(reader, beside)
        case _:
            json_profile(reader, beside)
