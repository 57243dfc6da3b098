"""The only place that asks what time it is."""

import time
from datetime import UTC, datetime

from drivers.observations import Moment


def system_clock() -> Moment:
    """Now, by both clocks: aware UTC, and monotonic seconds since an arbitrary start."""
    return Moment(utc=datetime.now(UTC), monotonic_s=time.monotonic())
