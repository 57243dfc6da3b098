"""Switching the outputs of JSON readers, each over the REST interface of its maker.

States are absolute, so that saying one twice harms nothing.
"""

import json
import threading
from collections.abc import Mapping
from typing import Protocol

from drivers.errors import Declined, Garbled
from drivers.json_reader.endpoint import Endpoint

GPOS = "/api/v1/device/gpos"
"""Impinj IoT device interface."""
LOGIN, GPO = "/cloud/localRestLogin", "/cloud/gpo"
"""Zebra IoT Connector, local REST."""


class Control(Protocol):
    """What switches the outputs of one reader."""

    outputs: int
    """How many it has."""

    def switch(self, states: Mapping[int, bool], stop: threading.Event) -> None:
        """Set outputs high (true) or low; only numbers up to `outputs` are asked for.

        Raises:
            Declined: it says no.
            Unreachable: it does not answer.
            Garbled: it answers nonsense.
            Stopped: told to stop meanwhile.
        """
        ...


class ImpinjControl:
    """R700 and R720: all outputs in one request."""

    outputs = 3

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def switch(self, states: Mapping[int, bool], stop: threading.Event) -> None:
        """See `Control`."""
        wanted = [
            {"gpo": number, "state": "high" if on else "low"}
            for number, on in sorted(states.items())
        ]
        body = json.dumps({"gpoConfigurations": wanted}).encode()
        _require(*self._endpoint.ask("PUT", GPOS, stop, body=body))


class ZebraControl:
    """FX7500, FX9600, ATR7000: one output a request, after signing in for a token."""

    outputs = 4

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def switch(self, states: Mapping[int, bool], stop: threading.Event) -> None:
        """See `Control`."""
        ask = self._endpoint.ask
        token = _token(_require(*ask("GET", LOGIN, stop)))
        for number, on in sorted(states.items()):
            body = json.dumps({"port": number, "state": on}).encode()
            _require(*ask("PUT", GPO, stop, body=body, authorization=f"Bearer {token}"))


def _require(status: int, content: bytes) -> bytes:
    if not 200 <= status < 300:
        raise Declined(f"the reader answers with HTTP status {status}")
    return content


def _token(content: bytes) -> str:
    try:
        found = json.loads(content)["message"]
    except (ValueError, KeyError, TypeError) as error:
        raise Garbled(f"no token: {content[:60]!r}") from error
    if not isinstance(found, str) or not found.isascii() or not found.isprintable():
        raise Garbled(f"no token: {content[:60]!r}")
    return found
