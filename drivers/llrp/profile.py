"""Reader profiles: how a portal reader shall read, from a TOML file of ``firmware-config``."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class ProfileError(ValueError):
    """A profile that cannot be used: which file, which key, what is wrong."""


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
    inverted_outputs: frozenset[int] = frozenset()
    """Outputs that are on while the contact is open."""


def load_profile(path: Path) -> ReaderProfile:
    """The reader profile in the file at ``path``.

    Raises:
        ProfileError: unreadable, not TOML, or a key that is unknown or has no sense.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: not TOML: {error}") from error
    root = _Table(path, "", document)
    inventory, report, outputs = (root.table(name) for name in ("inventory", "report", "outputs"))
    profile = ReaderProfile(
        session=inventory.integer("session", 0, 0, 3),
        tag_population=inventory.integer("tag_population", 32, 1, 0xFFFF),
        mode_index=inventory.maybe_integer("mode_index", 0, 0xFFFF),
        tari_ns=inventory.integer("tari_ns", 0, 0, 0xFFFF),
        antennas=inventory.ports("antennas"),
        power=_power(inventory),
        antenna_power=_antenna_power(root),
        report_every_tags=report.integer("every_tags", 1, 1, 0xFFFF),
        report_last_seen=report.flag("last_seen", default=True),
        report_first_seen=report.flag("first_seen", default=False),
        report_seen_count=report.flag("seen_count", default=True),
        inverted_outputs=frozenset(outputs.ports("inverted")),
    )
    for table in (inventory, report, outputs, root):
        table.finish()
    return profile


def _power(table: "_Table") -> TransmitPower:
    power = TransmitPower(
        dbm=table.maybe_number("transmit_power_dbm", 0, 40),
        index=table.maybe_integer("transmit_power_index", 0, 0xFFFF),
    )
    if power.dbm is not None and power.index is not None:
        raise table.wrong("transmit_power_index", "give either dBm or an index, not both")
    return power


def _antenna_power(root: "_Table") -> Mapping[int, TransmitPower]:
    powers: dict[int, TransmitPower] = {}
    for table in root.tables("antenna"):
        port = table.integer("port", 0, 1, 255)
        if port in powers:
            raise table.wrong("port", f"antenna {port} is named twice")
        powers[port] = _power(table)
        table.finish()
    return powers


class _Table:
    """One table of the file, giving up its keys one by one; what is left over is a mistake."""

    def __init__(self, path: Path, name: str, content: object) -> None:
        self._path = path
        self._name = name
        if not isinstance(content, dict):
            raise self.wrong("", "must be a table")
        self._left: dict[str, Any] = dict(content)

    def wrong(self, key: str, what: str) -> ProfileError:
        where = ".".join(part for part in (self._name, key) if part)
        return ProfileError(f"{self._path}: {where}: {what}")

    def finish(self) -> None:
        for key in self._left:
            raise self.wrong(key, "this key is not known; remove it or correct its spelling")

    def table(self, key: str) -> "_Table":
        return _Table(self._path, key, self._left.pop(key, {}))

    def tables(self, key: str) -> list["_Table"]:
        content = self._left.pop(key, [])
        if not isinstance(content, list):
            raise self.wrong(key, f"must be written [[{key}]]")
        return [_Table(self._path, f"{key}[{i}]", part) for i, part in enumerate(content)]

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        value = self._left.pop(key, default)
        self._require(key, value, _is_integer, low, high)
        return int(value)

    def maybe_integer(self, key: str, low: int, high: int) -> int | None:
        return self.integer(key, low, low, high) if key in self._left else None

    def maybe_number(self, key: str, low: float, high: float) -> float | None:
        if key not in self._left:
            return None
        value = self._left.pop(key)
        self._require(key, value, _is_number, low, high)
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._left.pop(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, f"{value!r} is neither true nor false")
        return value

    def ports(self, key: str) -> tuple[int, ...]:
        value = self._left.pop(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, "must be a list of port numbers")
        for port in value:
            self._require(key, port, _is_integer, 1, 255)
        if len(set(value)) != len(value):
            raise self.wrong(key, "a port is named twice")
        return tuple(value)

    def _require(
        self, key: str, value: Any, kind: Callable[[object], bool], low: float, high: float
    ) -> None:
        if not kind(value) or not low <= value <= high:
            raise self.wrong(key, f"{value!r} is not a number from {low} to {high}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, float) or _is_integer(value)
