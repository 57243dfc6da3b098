"""A handheld that is not there: hands a sweep in, part by part, as a real one would."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import urllib3

PART: Final = 500
"""Tags a part holds at most."""


class SweepRefused(Exception):
    """The server did not take a part; says which and why."""


def parts(
    epcs: Sequence[str], *, handheld: str, place: dict[str, object], at: datetime
) -> Iterator[dict[str, Any]]:
    """The bodies of one sweep's parts, all heard at ``at``; a tag heard twice is one."""
    tags = [{"epc": epc, "heard_at": at.isoformat()} for epc in dict.fromkeys(epcs)]
    for start in range(0, len(tags), PART):
        yield {
            "handheld": handheld,
            "place": place,
            "sent_at": at.isoformat(),
            "tags": tags[start : start + PART],
        }


def hand_in(url: str, key: str, sweep: str, bodies: Iterator[dict[str, Any]]) -> int:
    """Send every part to the API at ``url``; how many were taken.

    Raises:
        SweepRefused: one was not.
    """
    taken = 0
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for number, body in enumerate(bodies, start=1):
        address = f"{url}/v1/sweeps/{sweep}/parts/{number}"
        answer = urllib3.request("PUT", address, body=json.dumps(body), headers=headers)
        if answer.status not in (200, 202):
            raise SweepRefused(f"{address}: {answer.status} {answer.data.decode()}")
        taken += 1
    return taken
