"""Turns the TOML of a device profile into a ``Profile``, or says what is wrong with it."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import cast

from drivers.profiles.model import Command, Group, Link, Profile, Verb, Watchdog
from drivers.profiles.tables import Table
from drivers.registers import FORMATS, Dtype, Endian, Kind, Point

FORBIDDEN_IN_VERBS = (
    "bypass", "clear", "defeat", "disable", "force", "inhibit", "mute", "override", "reset",
)  # fmt: skip
"""No verb whose name contains one of these is ever loaded, whatever the device could do."""

MAX_READ_REGISTERS = 125
"""Modbus application protocol 6.3 and 6.4."""
MAX_WRITE_REGISTERS = 123
"""Modbus application protocol 6.12."""

_NO_KIND = cast(Kind, "")
"""No default: a point without a kind is refused like one with a wrong kind."""
_BIG: Endian = "big"


class Loader:
    """Builds one profile; exists so that parameters and points need not be passed around."""

    def __init__(self, top: Table, params: Mapping[str, int]) -> None:
        self._top = top
        self._top.choice("schema", (1,), 0)
        self._params = self._parameters(params)
        link = top.table("link") or Table(Path(), "link", {})
        self._orders = (
            link.choice("word_order", ("big", "little"), _BIG),
            link.choice("byte_order", ("big", "little"), _BIG),
        )
        self._base = int(link.number("address_base", 0, 65535, 0))
        self._link = Link(
            response_timeout_s=link.number("response_timeout_ms", 10, 10_000, 300) / 1000,
            max_read_registers=int(
                link.number("max_read_registers", 1, MAX_READ_REGISTERS, MAX_READ_REGISTERS)
            ),
            max_write_registers=int(
                link.number("max_write_registers", 1, MAX_WRITE_REGISTERS, MAX_WRITE_REGISTERS)
            ),
        )
        link.close()
        self._points: dict[str, Point] = {}
        for table in top.array("point"):
            point = self._point(table)
            if point.name in self._points:
                raise table.fault("name", f"{point.name!r} is used twice")
            self._points[point.name] = point

    def profile(self) -> Profile:
        """The whole file; every key of it was understood."""
        top = self._top
        profile = Profile(
            id=top.take("id", str),
            device_class=top.take("class", str),
            title=top.take("title", str),
            params=self._params,
            link=self._link,
            identify=tuple(self._identify(table) for table in top.array("identify")),
            points=self._points,
            groups={name: self._group(name, table) for name, table in top.tables("group")},
            command=self._command(top.table("command")),
            watchdog=self._watchdog(top.table("watchdog")),
            faults=self._faults(),
        )
        for point in self._points.values():
            if point.group is not None and point.group not in profile.groups:
                raise top.fault(f"point {point.name}.group", f"no group {point.group!r}")
        top.close()
        return profile

    def _parameters(self, given: Mapping[str, int]) -> dict[str, int]:
        known: dict[str, int] = {}
        for name, table in self._top.tables("params"):
            least, most = table.take("min", int), table.take("max", int)
            value = given.get(name, table.take("default", int))
            if not least <= value <= most:
                raise table.fault("", f"{name} = {value} is outside {least}..{most}")
            known[name] = value
            table.close()
        for name in given:
            if name not in known:
                raise self._top.fault("params", f"this profile has no parameter {name!r}")
        return known

    def _size(self, table: Table, key: str, default: int) -> int:
        """An integer, ``"columns"`` or ``"columns-1"``."""
        value = table.take(key, object, default)
        if isinstance(value, str):
            name, _, less = value.partition("-")
            if name.strip() in self._params and less.strip() in ("", "1"):
                return self._params[name.strip()] - int(less or 0)
        elif isinstance(value, int) and not isinstance(value, bool) and value >= default:
            return value
        raise table.fault(key, f"{value!r} is neither a number nor a parameter")

    def _point(self, table: Table) -> Point:
        dtypes = cast(tuple[Dtype, ...], tuple(FORMATS))
        point = Point(
            name=table.take("name", str),
            kind=table.choice("kind", ("input", "holding"), _NO_KIND),
            address=int(table.number("address", 0, 65535)) - self._base,
            dtype=table.choice("dtype", dtypes, "u16"),
            count=self._size(table, "count", 1),
            word_order=table.choice("word_order", ("big", "little"), self._orders[0]),
            byte_order=table.choice("byte_order", ("big", "little"), self._orders[1]),
            scale=table.take("scale", float, 1.0),
            offset=table.take("offset", float, 0.0),
            unit=table.take("unit", str, ""),
            enum=self._enum(table),
            bits=table.mapping("bits", int),
            members=self._size(table, "members", 0),
            invalid=frozenset(table.integers("invalid")),
            range=self._range(table),
            writable=table.choice("access", ("r", "w", "rw"), "r") != "r",
            group=table.take("group", str, "") or None,
        )
        if table.take("safety", bool, False) and point.writable:
            raise table.fault("safety", f"{point.name}: a safety point is read, never written")
        table.close()
        self._check(table, point)
        return point

    def _check(self, table: Table, point: Point) -> None:
        if point.address < 0 or point.end > 65536:
            raise table.fault("address", f"{point.name}: outside the 65536 registers there are")
        if point.scale == 0:
            raise table.fault("scale", f"{point.name}: must not be 0")
        if sum(map(bool, (point.enum, point.bits, point.members))) > 1:
            raise table.fault("", f"{point.name}: enum, bits and members exclude each other")
        top_bit = max((*point.bits.values(), point.members - 1))
        if min((0, *point.bits.values())) < 0 or top_bit >= 16 * point.width:
            raise table.fault("bits", f"{point.name}: a {point.dtype} has no bit {top_bit}")

    def _enum(self, table: Table) -> dict[int, str]:
        named = table.mapping("enum", str)
        if not all(key.isdecimal() for key in named):
            raise table.fault("enum", "codes must be numbers")
        return {int(key): text for key, text in named.items()}

    def _range(self, table: Table) -> tuple[float, float] | None:
        ends = table.floats("range")
        if not ends:
            return None
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise table.fault("range", "must be [least, most]")
        return ends[0], ends[1]

    def _named(self, table: Table, key: str, *, writable: bool = False) -> Point:
        name = table.take(key, str)
        point = self._points.get(name)
        if point is None:
            raise table.fault(key, f"there is no point {name!r}")
        if writable and not (point.writable and point.kind == "holding"):
            raise table.fault(key, f"{name!r} is not a writable holding register")
        return point

    def _identify(self, table: Table) -> tuple[Point, int]:
        found = self._named(table, "point"), table.take("equals", int)
        table.close()
        return found

    def _group(self, name: str, table: Table) -> Group:
        points = tuple(
            sorted((p for p in self._points.values() if p.group == name), key=lambda p: p.address)
        )
        if not points:
            raise table.fault("", "no point belongs to this group")
        if len({point.kind for point in points}) > 1:
            raise table.fault("", "mixes kinds: it cannot be read in one request")
        span = max(point.end for point in points) - points[0].address
        if span > self._link.max_read_registers:
            raise table.fault("", f"{span} registers do not fit in one request")
        period_s = table.number("period_ms", 10, 86_400_000, 1000) / 1000
        group = Group(
            name=name,
            kind=points[0].kind,
            address=points[0].address,
            count=span,
            points=points,
            period_s=period_s,
            active_period_s=table.number("active_period_ms", 10, 86_400_000, period_s * 1000)
            / 1000,
            stale_after_s=table.number("stale_after_ms", 10, 86_400_000, period_s * 3000) / 1000,
        )
        table.close()
        return group

    def _command(self, table: Table | None) -> Command | None:
        if table is None:
            return None
        table.choice("handshake", ("sequence",), "")
        table.choice("check", ("xor",), "")
        stop = table.table("stop")
        if stop is None:
            raise table.fault("stop", "what can be moved must be stoppable")
        command = Command(
            block=self._block(table),
            ack_timeout_s=table.number("ack_timeout_ms", 100, 60_000) / 1000,
            done_timeout_s=table.number("done_timeout_ms", 100, 3_600_000) / 1000,
            verbs={name: self._verb(name, verb) for name, verb in table.tables("verb")},
            stop=self._named(stop, "point", writable=True),
            stop_value=stop.take("value", int),
        )
        stop.close()
        table.close()
        return command

    def _block(self, table: Table) -> tuple[Point, ...]:
        points = []
        for name in table.words("block"):
            lookup = Table(Path(), "", {"block": name})
            if name not in self._points:
                raise table.fault("block", f"there is no point {name!r}")
            points.append(self._named(lookup, "block", writable=True))
        if len(points) != 6:
            raise table.fault("block", "must be session, code, two arguments, check, sequence")
        if any(after.address != point.end for point, after in pairwise(points)):
            raise table.fault("block", "must be contiguous: it is written in one request")
        if points[-1].end - points[0].address > self._link.max_write_registers:
            raise table.fault("block", "is longer than the device accepts in one request")
        return tuple(points)

    def _verb(self, name: str, table: Table) -> Verb:
        denied = next((word for word in FORBIDDEN_IN_VERBS if word in name.lower()), None)
        if denied is not None:
            raise table.fault("", f"no verb may {denied} anything: safety is not ours to command")
        point, equals, argument = (*table.take("confirm", str).split(), "", "", "")[:3]
        verb = Verb(
            name=name,
            code=int(table.number("code", 1, 65535)),
            args=table.words("args"),
            confirm=(point, argument),
        )
        if equals != "==" or point not in self._points or argument not in verb.args:
            raise table.fault("confirm", 'must read "point == argument"')
        table.close()
        return verb

    def _watchdog(self, table: Table | None) -> Watchdog | None:
        if table is None:
            return None
        watchdog = Watchdog(
            point=self._named(table, "point", writable=True),
            period_s=table.number("period_ms", 50, 10_000) / 1000,
            timeout_point=self._named(table, "timeout_point", writable=True),
            timeout_s=table.number("timeout_ms", 100, 60_000) / 1000,
        )
        if watchdog.timeout_s < 2 * watchdog.period_s:
            raise table.fault(
                "timeout_ms", "must be at least twice period_ms: one beat may be lost"
            )
        table.close()
        return watchdog

    def _faults(self) -> dict[int, dict[str, str]]:
        faults: dict[int, dict[str, str]] = {}
        for code, table in self._top.tables("faults"):
            if not code.isdecimal():
                raise table.fault("", "fault codes are numbers")
            faults[int(code)] = {"en": table.take("en", str), "zh": table.take("zh", str)}
            table.close()
        return faults
