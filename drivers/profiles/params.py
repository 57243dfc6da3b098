"""What a profile leaves to the site: whole numbers, by name, and sizes that follow from them."""

from collections.abc import Mapping

from drivers.profiles.tables import Table


class Params:
    """The parameters of one profile, filled in."""

    def __init__(self, top: Table, given: Mapping[str, int]) -> None:
        """Take ``[params]`` of ``top``; what is not ``given`` has its default.

        Raises:
            ProfileError: a value outside its bounds, or a name the file does not have.
        """
        self.values: dict[str, int] = {}
        for name, table in top.tables("params"):
            least, most = table.take("min", int), table.take("max", int)
            value = given.get(name, table.take("default", int))
            if not least <= value <= most:
                raise table.fault("", f"{name} = {value} is outside {least}..{most}")
            self.values[name] = value
            table.close()
        for name in given:
            if name not in self.values:
                raise top.fault("params", f"this profile has no parameter {name!r}")

    def size(self, table: Table, key: str, default: int | None = None, least: int = 0) -> int:
        """A number, the name of a parameter, or a parameter less one: ``"columns-1"``."""
        value = table.take(key, object) if default is None else table.take(key, object, default)
        if isinstance(value, str):
            name, _, less = value.partition("-")
            if name.strip() in self.values and less.strip() in ("", "1"):
                return self.values[name.strip()] - int(less or 0)
        elif isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise table.fault(key, f"{value!r} is neither a number nor a parameter")
