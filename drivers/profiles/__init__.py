"""Device profiles: one TOML a model, saying what lies in which register and how to command it.

A new make is a new file, read by driver and simulator alike. The loader refuses what cannot
work, and whatever would reset or bypass a safety function: nothing here may even name it.
"""

import sys
import tomllib
from pathlib import Path

from drivers.profiles.loader import Loader
from drivers.profiles.model import (
    Argument,
    Command,
    Confirm,
    DeviceClass,
    Fault,
    Group,
    Link,
    Profile,
    Span,
    Verb,
    Watchdog,
)
from drivers.profiles.tables import ProfileError, Table

__all__ = ["Argument", "Command", "Confirm", "DeviceClass", "Fault", "Group", "Link", "Profile"]
__all__ += ["ProfileError", "Span", "Verb", "Watchdog", "find_profile", "load_profile"]


def find_profile(name: str, beside: Path | None = None) -> Path:
    """The profile file ``name``: beside the site file, else among those that are shipped.

    Raises:
        ProfileError: it is in none of these places.
    """
    checkout = Path(__file__).resolve().parents[2] / "firmware-config"
    installed = Path(sys.prefix) / "share" / "smart-repository" / "firmware-config"
    places = [checkout, installed] if beside is None else [beside, checkout, installed]
    for place in places:
        if (place / name).is_file():
            return place / name
    looked = ", ".join(str(place) for place in places)
    raise ProfileError(f"{name}: no such profile; looked in {looked}")


def load_profile(path: Path, **params: int) -> Profile:
    """The profile in ``path``, checked; ``params`` fill in what the file leaves to the site.

    Raises:
        ProfileError: unreadable, not TOML, or unusable: file, key, reason.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: not TOML: {error}") from error
    return Loader(Table(path, "", document), params).profile()
