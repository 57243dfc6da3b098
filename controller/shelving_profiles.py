"""The profile of a machine that moves, as the site file names it."""

from collections.abc import Mapping
from pathlib import Path

from drivers.profiles import Profile, ProfileError, find_profile, load_profile


def profile_of(name: str, kind: str, beside: Path, sizes: Mapping[str, int]) -> Profile:
    """The profile ``name`` of a machine of that kind and those sizes.

    Raises:
        ProfileError: missing, unusable, or of another kind of machine.
    """
    path = find_profile(name, beside)
    profile = load_profile(path, **sizes)
    if profile.device_class != kind:
        raise ProfileError(
            f"{path}: class: this is a profile of {profile.device_class!r}; the site file needs "
            f"one of {kind!r}"
        )
    if profile.command is None:
        raise ProfileError(f"{path}: command: what is to be moved needs a table [command]")
    return profile
