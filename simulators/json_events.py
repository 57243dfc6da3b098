"""What JSON readers of two makes say, as a simulated one writes it.

It shares nothing with the decoder that will read it.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

Make = Literal["impinj", "zebra"]


class Seen(NamedTuple):
    """One tag in front of one antenna."""

    antenna: int
    epc: str
    rssi_dbm: float


class Events:
    """Writes what a reader of one make says, as JSON texts."""

    def __init__(self, make: Make, clock_start: datetime) -> None:
        self._make = make
        self._at = clock_start
        self.number = 0
        """Of the last event; only a Zebra tells it."""

    def tag(self, seen: Seen) -> bytes:
        """A tag was read."""
        self.number += 1
        self._at += timedelta(milliseconds=1)
        return self._text(self._impinj(seen) if self._make == "impinj" else self._zebra(seen))

    def other(self) -> bytes:
        """Something else than a tag."""
        if self._make == "impinj":
            told: dict[str, Any] = {"eventType": "antennaConnected", "timestamp": self._stamp()}
        else:
            told = {"type": "heartbeat", "timestamp": self._stamp(), "data": {"note": 'a "}{" b'}}
        return self._text(told)

    def wrong(self) -> bytes:
        """A tag whose number is none."""
        inner = {"epcHex": "no}{hex"} if self._make == "impinj" else {"idHex": "no}{hex"}
        key = "tagInventoryEvent" if self._make == "impinj" else "data"
        return self._text({"timestamp": self._stamp(), key: inner})

    def _impinj(self, seen: Seen) -> dict[str, Any]:
        octets = bytes.fromhex(seen.epc)
        return {
            "timestamp": self._stamp(),
            "hostname": "impinj-00-00-01",
            "eventType": "tagInventory",
            "tagInventoryEvent": {
                "epc": base64.urlsafe_b64encode(octets).decode(),
                "pc": base64.urlsafe_b64encode((len(octets) // 2 << 11).to_bytes(2)).decode(),
                "antennaPort": seen.antenna,
                "antennaName": f"antenna {{{seen.antenna}}}",
                "peakRssiCdbm": round(100 * seen.rssi_dbm),
                "frequency": 865700,
                "phaseAngle": 11.25,
                "lastSeenTime": self._stamp(),
            },
        }

    def _zebra(self, seen: Seen) -> dict[str, Any]:
        return {
            "type": "SIMPLE",
            "timestamp": self._stamp(),
            "data": {
                "MAC": "02:00:00:00:00:01",
                "hostName": 'door "}{" north',
                "eventNum": self.number,
                "format": "epc",
                "idHex": seen.epc.lower(),
                "antenna": seen.antenna,
                "peakRssi": seen.rssi_dbm,
                "reads": 1,
            },
        }

    def _stamp(self) -> str:
        if self._make == "impinj":
            return self._at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        return self._at.isoformat(timespec="milliseconds").replace("+00:00", "+0000")

    def _text(self, told: dict[str, Any]) -> bytes:
        return json.dumps(told, separators=(",", ":")).encode()
