"""Turns the TOML of a device profile into a ``Profile``, or says what is wrong with it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast, get_args

from drivers.profiles.model import (
    Command,
    DeviceClass,
    Fault,
    Group,
    Link,
    Profile,
    Severity,
    Span,
    Watchdog,
)
from drivers.profiles.params import Params
from drivers.profiles.points import KINDS, point_of
from drivers.profiles.tables import Table
from drivers.profiles.verbs import CommandReader
from drivers.profiles.words import check_motion
from drivers.registers import BIT_KINDS, Endian, Kind, Point, Unrepresentable, encode

MAX_READ_REGISTERS = 125
"""Modbus application protocol 6.3 and 6.4."""
MAX_READ_BITS = 2000
"""Modbus application protocol 6.1 and 6.2."""
MAX_WRITE_REGISTERS = 123
"""Modbus application protocol 6.12."""
CLASSES = cast(tuple[DeviceClass, ...], get_args(DeviceClass))

_BIG: Endian = "big"


class Loader:
    """Builds one profile; exists so that parameters and points need not be passed around."""

    def __init__(self, top: Table, params: Mapping[str, int]) -> None:
        self._top = top
        top.choice("schema", (1,), 0)
        self._params = Params(top, params)
        link = top.table("link") or Table(Path(), "link", {})
        orders = (
            link.choice("word_order", ("big", "little"), _BIG),
            link.choice("byte_order", ("big", "little"), _BIG),
        )
        self._base = int(link.number("address_base", 0, 65535, 0))
        self._link = self._read_link(link)
        self._points: dict[str, Point] = {}
        for table in top.array("point"):
            point = point_of(table, self._params, orders, self._base)
            if point.name in self._points:
                raise table.fault("name", f"{point.name!r} is used twice")
            self._points[point.name] = point

    def profile(self) -> Profile:
        """The whole file; every key of it was understood."""
        top = self._top
        reader = CommandReader(
            self._points, self._params, max_write_registers=self._link.max_write_registers
        )
        command = top.table("command")
        profile = Profile(
            id=top.take("id", str),
            device_class=top.choice("class", CLASSES, cast(DeviceClass, "")),
            title=top.take("title", str),
            params=self._params.values,
            link=self._link,
            identify=tuple(self._identify(table) for table in top.array("identify")),
            points=self._points,
            groups={name: self._group(name, table) for name, table in top.tables("group")},
            command=None if command is None else reader.command(command),
            watchdog=self._watchdog(top.table("watchdog"), reader),
            faults=self._faults(),
        )
        for point in self._points.values():
            if point.group is not None and point.group not in profile.groups:
                raise top.fault(f"point {point.name}.group", f"no group {point.group!r}")
        self._check_command(profile, profile.command)
        top.close()
        return profile

    def _check_command(self, profile: Profile, command: Command | None) -> None:
        if command is not None:
            check_motion(self._top, profile, command)
        elif profile.watchdog is not None:
            raise self._top.fault("watchdog", "nothing moves that could need one")

    def _read_link(self, link: Table) -> Link:
        most = MAX_READ_REGISTERS
        gap = link.take("max_gap", object, "auto")
        if gap != "auto" and not (isinstance(gap, int) and 0 <= gap <= most):
            raise link.fault("max_gap", f'{gap!r} is neither "auto" nor a number up to {most}')
        read = Link(
            response_timeout_s=link.number("response_timeout_ms", 10, 10_000, 300) / 1000,
            turnaround_s=link.number("turnaround_ms", 0, 1000, 10) / 1000,
            connect_delay_s=link.number("connect_delay_ms", 0, 10_000, 0) / 1000,
            max_read_registers=int(link.number("max_read_registers", 1, most, most)),
            max_read_bits=int(link.number("max_read_bits", 1, MAX_READ_BITS, MAX_READ_BITS)),
            max_write_registers=int(
                link.number("max_write_registers", 1, MAX_WRITE_REGISTERS, MAX_WRITE_REGISTERS)
            ),
            max_gap=gap if isinstance(gap, int) else None,
            forbid_read=tuple(self._forbidden(table) for table in link.array("forbid_read")),
        )
        link.close()
        return read

    def _forbidden(self, table: Table) -> Span:
        span = Span(
            kind=table.choice("kind", KINDS, cast(Kind, "")),
            address=int(table.number("address", 0, 65535 + self._base)) - self._base,
            count=int(table.number("count", 1, 65536)),
        )
        table.close()
        return span

    def _identify(self, table: Table) -> tuple[Point, int]:
        name = table.take("point", str)
        if name not in self._points:
            raise table.fault("point", f"there is no point {name!r}")
        found = self._points[name], table.take("equals", int)
        table.close()
        return found

    def _group(self, name: str, table: Table) -> Group:
        points = [point for point in self._points.values() if point.group == name]
        if not points:
            raise table.fault("", "no point belongs to this group")
        period_s = table.number("period_ms", 10, 86_400_000, 1000) / 1000
        group = Group(
            name=name,
            points=tuple(sorted(points, key=lambda p: (p.kind, p.address))),
            period_s=period_s,
            active_period_s=table.number("active_period_ms", 10, 86_400_000, period_s * 1000)
            / 1000,
            stale_after_s=table.number("stale_after_ms", 10, 86_400_000, period_s * 3000) / 1000,
            coherent=table.take("coherent", bool, True),
            once=table.take("once", bool, False),
        )
        if group.stale_after_s < group.period_s:
            raise table.fault("stale_after_ms", "is shorter than period_ms: always stale")
        self._check_readable(table, group)
        table.close()
        return group

    def _check_readable(self, table: Table, group: Group) -> None:
        spans = [group.span] if group.coherent else [_span(point) for point in group.points]
        if group.coherent and len({point.kind for point in group.points}) > 1:
            raise table.fault("", "mixes kinds: it cannot be read in one request")
        for span in spans:
            if span.count > self._most(span.kind):
                reason = f"{span.count} {span.kind}s do not fit in one request"
                raise table.fault("", reason + ("; or say coherent = false" * group.coherent))
            for forbidden in self._link.forbid_read:
                if overlap(span, forbidden):
                    raise table.fault("", f"cannot be read without {forbidden.address}, forbidden")

    def _most(self, kind: Kind) -> int:
        return self._link.max_read_bits if kind in BIT_KINDS else self._link.max_read_registers

    def _watchdog(self, table: Table | None, reader: CommandReader) -> Watchdog | None:
        if table is None:
            return None
        tells = "timeout_point" in table.names()
        watchdog = Watchdog(
            point=reader.writable(table, "point"),
            period_s=table.number("period_ms", 50, 10_000) / 1000,
            timeout_point=reader.writable(table, "timeout_point") if tells else None,
            timeout_s=table.number("timeout_ms", 100, 60_000) / 1000,
        )
        if watchdog.timeout_s < 2 * watchdog.period_s:
            raise table.fault(
                "timeout_ms", "must be at least twice period_ms: one beat may be lost"
            )
        self._check_timeout(table, watchdog)
        table.close()
        return watchdog

    @staticmethod
    def _check_timeout(table: Table, watchdog: Watchdog) -> None:
        if watchdog.timeout_point is None:
            return
        try:
            encode(watchdog.timeout_point, watchdog.timeout_s * 1000)
        except Unrepresentable as error:
            raise table.fault("timeout_ms", str(error)) from error

    def _faults(self) -> dict[int, Fault]:
        return dict(self._each_fault())

    def _each_fault(self) -> Iterator[tuple[int, Fault]]:
        severities = cast(tuple[Severity, ...], get_args(Severity))
        for code, table in self._top.tables("faults"):
            if not code.isdecimal():
                raise table.fault("", "fault codes are numbers")
            texts = {"en": table.take("en", str), "zh": table.take("zh", str)}
            severity = table.choice("severity", severities, "fault")
            table.close()
            yield int(code), Fault(severity=severity, texts=texts)


def overlap(one: Span, other: Span) -> bool:
    """Whether the two have an address in common."""
    return one.kind == other.kind and one.address < other.end and other.address < one.end


def _span(point: Point) -> Span:
    return Span(kind=point.kind, address=point.address, count=point.end - point.address)
