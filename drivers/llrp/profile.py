"""Reader profiles: how a portal reader shall read, from a TOML file of ``firmware-config``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.profiles.tables import ProfileError, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmitPower:
    """How strongly to transmit; with neither value the reader keeps its default."""

    dbm: float | None = None
    """The strongest level of the reader's table that is not above this is taken."""
    index: int | None = None
    """An index of the reader's own table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderProfile:
    """What one reader shall do, whatever its make."""

    session: int = 0
    """The Gen2 session, 0 to 3."""
    tag_population: int = 32
    mode_index: int | None = None
    """An index of the reader's RF mode table; ``None`` leaves its default."""
    tari_ns: int = 0
    antennas: tuple[int, ...] = ()
    """Ports to read with; empty: all there are."""
    power: TransmitPower = TransmitPower()
    antenna_power: Mapping[int, TransmitPower] = field(default_factory=dict)
    """What differs from ``power``, by port."""
    report_every_tags: int = 1
    report_last_seen: bool = True
    report_first_seen: bool = False
    report_seen_count: bool = True
    report_pc: bool = False
    impinj_phase: bool = False
    impinj_doppler: bool = False
    impinj_tid: bool = False
    """Whether an Impinj reader shall read each tag's TID along; it reads fewer tags then."""
    inverted_outputs: frozenset[int] = frozenset()
    """Outputs that are on while the contact is open."""
    inverted_inputs: frozenset[int] = frozenset()
    """Inputs that are active while the contact is open."""


def load_reader_profile(path: Path) -> ReaderProfile:
    """The reader profile in the file at ``path``.

    Raises:
        ProfileError: unreadable, not TOML, or a key that is unknown or makes no sense.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: not TOML: {error}") from error
    root = Table(path, "", document)
    inventory, report, impinj, outputs, inputs = tables = tuple(
        root.table(name) or Table(path, name, {})
        for name in ("inventory", "report", "impinj", "outputs", "inputs")
    )
    profile = ReaderProfile(
        session=_whole(inventory, "session", 0, 3, 0),
        tag_population=_whole(inventory, "tag_population", 1, 0xFFFF, 32),
        mode_index=_maybe_whole(inventory, "mode_index", 0xFFFF),
        tari_ns=_whole(inventory, "tari_ns", 0, 0xFFFF, 0),
        antennas=_ports(inventory, "antennas"),
        power=_power(inventory),
        antenna_power=_antenna_power(root),
        report_every_tags=_whole(report, "every_tags", 1, 0xFFFF, 1),
        report_last_seen=report.take("last_seen", bool, True),
        report_first_seen=report.take("first_seen", bool, False),
        report_seen_count=report.take("seen_count", bool, True),
        report_pc=report.take("pc", bool, False),
        impinj_phase=impinj.take("phase", bool, False),
        impinj_doppler=impinj.take("doppler", bool, False),
        impinj_tid=impinj.take("tid", bool, False),
        inverted_outputs=frozenset(_ports(outputs, "inverted")),
        inverted_inputs=frozenset(_ports(inputs, "inverted")),
    )
    for table in (*tables, root):
        table.close()
    return profile


def _power(table: Table) -> TransmitPower:
    power = TransmitPower(
        dbm=table.number("transmit_power_dbm", 0, 40)
        if _has(table, "transmit_power_dbm")
        else None,
        index=_maybe_whole(table, "transmit_power_index", 0xFFFF),
    )
    if power.dbm is not None and power.index is not None:
        raise table.fault("transmit_power_index", "give either dBm or an index, not both")
    return power


def _antenna_power(root: Table) -> Mapping[int, TransmitPower]:
    powers: dict[int, TransmitPower] = {}
    for table in root.array("antenna"):
        port = _whole(table, "port", 1, 255)
        if port in powers:
            raise table.fault("port", f"antenna {port} is named twice")
        powers[port] = _power(table)
        table.close()
    return powers


def _has(table: Table, key: str) -> bool:
    return key in table.names()


def _whole(table: Table, key: str, least: int, most: int, default: int | None = None) -> int:
    value = table.take(key, int) if default is None else table.take(key, int, default)
    if not least <= value <= most:
        raise table.fault(key, f"{value} is outside {least}..{most}")
    return value


def _maybe_whole(table: Table, key: str, most: int) -> int | None:
    return _whole(table, key, 0, most) if _has(table, key) else None


def _ports(table: Table, key: str) -> tuple[int, ...]:
    ports = table.integers(key)
    for port in ports:
        if not 1 <= port <= 255 or ports.count(port) > 1:
            raise table.fault(key, f"{port} is no port number from 1 to 255, or is named twice")
    return ports
