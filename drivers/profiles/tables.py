"""Reading a table of a TOML file key by key, so that a key nobody asked for is found.

Every complaint names the file, the key and the reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar, overload

T = TypeVar("T")


class ProfileError(Exception):
    """A device profile that cannot be used: file, key, reason."""


class _Required:
    """Marks a key without which the table makes no sense."""


REQUIRED: Final = _Required()


class Table:
    """One table of a profile; ``close`` refuses whatever was not taken."""

    def __init__(self, file: Path, where: str, content: dict[str, object]) -> None:
        self._file = file
        self._where = where
        self._left = dict(content)

    def fault(self, key: str, reason: str) -> ProfileError:
        """The complaint about ``key`` of this table."""
        path = f"{self._where}.{key}" if self._where and key else self._where or key
        return ProfileError(f"{self._file}: {path}: {reason}")

    @overload
    def take(self, key: str, kind: type[T]) -> T: ...
    @overload
    def take(self, key: str, kind: type[T], default: T) -> T: ...
    def take(self, key: str, kind: type[T], default: T | _Required = REQUIRED) -> T:
        """The value of ``key``; an integer will do where a float is asked for.

        Raises:
            ProfileError: absent without a default, or of another type.
        """
        if key not in self._left:
            if isinstance(default, _Required):
                raise self.fault(key, "this key is missing")
            return default
        value = self._left.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fault(key, f"{value!r} is not of type {kind.__name__}")
        return value

    def choice(self, key: str, allowed: tuple[T, ...], default: T) -> T:
        """The value of ``key``, one of ``allowed``."""
        value = self._left.pop(key, default)
        for one in allowed:
            if one == value:
                return one
        raise self.fault(key, f"{value!r} is not one of {', '.join(map(str, allowed))}")

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """A number from ``least`` to ``most``, both allowed."""
        value = self.take(key, float) if default is None else self.take(key, float, default)
        if not least <= value <= most:
            raise self.fault(key, f"{value:g} is outside {least:g}..{most:g}")
        return value

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of integers; empty when absent."""
        return tuple(self._items(key, int))

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words; empty when absent."""
        return tuple(self._items(key, str))

    def floats(self, key: str) -> tuple[float, ...]:
        """A list of numbers; empty when absent."""
        listed = self.take(key, list, [])
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in listed):
            raise self.fault(key, "must be a list of numbers")
        return tuple(float(one) for one in listed)

    def table(self, key: str) -> "Table | None":
        """The sub-table ``key``, if it is there."""
        if key not in self._left:
            return None
        return self._sub(key, self.take(key, dict))

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """The sub-tables of the table ``key``, by name."""
        for name, content in self.take(key, dict, {}).items():
            yield str(name), self._sub(f"{key}.{name}", content)

    def array(self, key: str) -> Iterator["Table"]:
        """The tables of the array ``key``."""
        for index, content in enumerate(self.take(key, list, [])):
            yield self._sub(f"{key}[{index}]", content)

    def mapping(self, key: str, kind: type[T]) -> dict[str, T]:
        """All keys of the sub-table ``key`` with values of one type; empty when absent."""
        inner = self.table(key)
        if inner is None:
            return {}
        return {name: inner.take(name, kind) for name in inner.names()}

    def names(self) -> tuple[str, ...]:
        """The keys that were not taken yet."""
        return tuple(self._left)

    def close(self) -> None:
        """Refuse every key that was not taken.

        Raises:
            ProfileError: naming the first of them.
        """
        for key in self.names():
            raise self.fault(key, "this key is not known; remove it or correct its spelling")

    def _sub(self, key: str, content: object) -> "Table":
        if not isinstance(content, dict):
            raise self.fault(key, "must be a table")
        return Table(self._file, f"{self._where}.{key}" if self._where else key, content)

    def _items(self, key: str, kind: type[T]) -> Iterator[T]:
        for one in self.take(key, list, []):
            if not isinstance(one, kind) or isinstance(one, bool):
                raise self.fault(key, f"{one!r} is not of type {kind.__name__}")
            yield one
