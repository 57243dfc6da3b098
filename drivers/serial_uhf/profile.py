"""Profiles of serial readers: family, line and how to read, from a file of ``firmware-config``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from drivers.profiles.tables import ProfileError, Table

R200, UHF288, CFM = "r200", "uhf288", "cfm"
FAMILIES = (R200, UHF288, CFM)
BAUD = {R200: 115_200, UHF288: 57_600, CFM: 115_200}
"""What the devices leave the factory with."""
VARIANTS = {R200: ("BB", "AA"), UHF288: ("288", "18"), CFM: ("M",)}
"""Dialects of a family, the usual one first."""
REGIONS = {
    R200: ("china-920", "us", "eu", "china-840", "japan", "korea"),
    UHF288: ("china-920", "us", "eu", "china-840", "korea"),
    CFM: ("china-920", "us", "eu", "china-840", "japan", "korea"),
}
MAX_POWER_DBM = 33
BROADCAST = 0xFF


@dataclass(frozen=True, slots=True, kw_only=True)
class RssiLine:
    """How a raw RSSI becomes dBm."""

    dbm_per_unit: float
    dbm_at_zero: float = 0.0

    def dbm(self, raw: int) -> float:
        """``raw`` in dBm, to a tenth."""
        return round(self.dbm_at_zero + self.dbm_per_unit * raw, 1)


KNOWN_RSSI = {R200: RssiLine(dbm_per_unit=1.0), CFM: RssiLine(dbm_per_unit=0.1)}
"""Where the protocol itself says so; UHFReader288 does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialProfile:
    """How one serial reader is spoken to, and how it shall read.

    ``None`` leaves what the reader has.
    """

    kind: str
    """The family: ``r200``, ``uhf288`` or ``cfm``."""
    variant: str = ""
    """The family's dialect; empty: its usual one."""
    baud: int = 115_200
    address: int = BROADCAST
    silence_s: float = 3.0
    """So long without a good frame, and the reader is asked whether it lives."""
    answer_within_s: float = 1.0
    access_within_s: float = 2.0
    """So long a command to a tag may take; then its answer counts as lost."""
    inter_byte_s: float = 0.1
    """A frame that stops for so long is given up."""
    transmit_power_dbm: float | None = None
    region: str | None = None
    session: int | None = None
    q: int | None = None
    """About 2^q tags are expected at once."""
    antennas: tuple[int, ...] = ()
    """Read with each in turn; empty: as the reader is set."""
    scan_time_s: float = 0.5
    """The length of one round, where rounds are asked for."""
    rssi: RssiLine | None = None
    """Where absent, the reads have no RSSI."""
    inverted_outputs: frozenset[int] = frozenset()
    """Relays whose lamp is lit while the contact is open."""


def load_serial_profile(path: Path) -> SerialProfile:
    """The profile of a serial reader in the file at ``path``.

    Raises:
        ProfileError: unreadable, not TOML, or a key that is unknown or makes no sense.
    """
    root = Table(path, "", _document(path))
    kind = _one_of(root, "kind", FAMILIES)
    device, line, inventory, rssi, outputs = (
        root.table(name) or Table(path, name, {})
        for name in ("device", "line", "inventory", "rssi", "outputs")
    )
    profile = SerialProfile(
        kind=kind,
        variant=device.choice("variant", VARIANTS[kind], VARIANTS[kind][0]),
        address=_address(device, kind),
        baud=_whole(line, "baud", 1200, 4_000_000, BAUD[kind]),
        silence_s=line.number("silence_s", 0.1, 600, 3.0),
        answer_within_s=line.number("answer_within_s", 0.05, 10, 1.0),
        access_within_s=line.number("access_within_s", 0.1, 8, 2.0),
        inter_byte_s=line.number("inter_byte_s", 0.005, 5, 0.1),
        transmit_power_dbm=_maybe(inventory, "transmit_power_dbm", 0, MAX_POWER_DBM),
        region=_region(inventory, kind),
        session=_maybe_whole(inventory, "session", 3),
        q=_maybe_whole(inventory, "q", 15),
        antennas=_ports(inventory, "antennas", 8) if kind != R200 else (),
        scan_time_s=inventory.number("scan_time_s", 0.1, 25.5, 0.5) if kind == UHF288 else 0.5,
        rssi=_rssi(rssi, kind),
        inverted_outputs=frozenset(_ports(outputs, "inverted", 2) if kind == CFM else ()),
    )
    for table in (device, line, inventory, rssi, outputs, root):
        table.close()
    return profile


def _document(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: not TOML: {error}") from error


def _one_of(table: Table, key: str, allowed: tuple[str, ...]) -> str:
    value = table.take(key, str)
    if value not in allowed:
        raise table.fault(key, f"{value!r} is not one of {', '.join(allowed)}")
    return value


def _whole(table: Table, key: str, least: int, most: int, default: int) -> int:
    value = table.take(key, int, default)
    if not least <= value <= most:
        raise table.fault(key, f"{value} is outside {least}..{most}")
    return value


def _maybe(table: Table, key: str, least: float, most: float) -> float | None:
    return table.number(key, least, most) if key in table.names() else None


def _region(table: Table, kind: str) -> str | None:
    return _one_of(table, "region", REGIONS[kind]) if "region" in table.names() else None


def _maybe_whole(table: Table, key: str, most: int) -> int | None:
    return _whole(table, key, 0, most, 0) if key in table.names() else None


def _address(table: Table, kind: str) -> int:
    """The address on the line; modules have none."""
    return _whole(table, "address", 0, BROADCAST, BROADCAST) if kind != R200 else BROADCAST


def _ports(table: Table, key: str, most: int) -> tuple[int, ...]:
    ports = table.integers(key)
    for port in ports:
        if not 1 <= port <= most or ports.count(port) > 1:
            raise table.fault(key, f"{port} is no number from 1 to {most}, or is named twice")
    return ports


def _rssi(table: Table, kind: str) -> RssiLine | None:
    if not table.names():
        return KNOWN_RSSI.get(kind)
    return RssiLine(
        dbm_per_unit=table.number("dbm_per_unit", -10, 10),
        dbm_at_zero=table.number("dbm_at_zero", -500, 500, 0.0),
    )
