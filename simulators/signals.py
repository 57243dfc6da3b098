"""An end that is asked for: Ctrl-C, or SIGTERM as service managers send it."""

import signal
import threading


def stop_on_signals() -> threading.Event:
    """Set once somebody asks this process to end."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
