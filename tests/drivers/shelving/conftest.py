"""The fast profile and a running bank."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.profiles import Profile
from tests.drivers.shelving.rig import Rig, fast_profile, running


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return fast_profile(tmp_path)


@pytest.fixture
def rig(profile: Profile) -> Iterator[Rig]:
    with running(profile) as rig:
        yield rig


@pytest.fixture
def slow(profile: Profile) -> Iterator[Rig]:
    """A bank that takes three seconds to move, so that something can happen meanwhile."""
    with running(profile, speed_mm_per_s=300.0) as rig:
        yield rig
