"""The demo's people: what staff would click, done through the public API with their own keys."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


class Refused(Exception):
    """The API said no: the status and what it said."""


class Person:
    """One API key, and what its owner can ask for."""

    def __init__(self, base: str, key: str) -> None:
        self._base = base
        self._key = key

    def get(self, path: str, **query: str) -> Any:
        """One GET; returns the decoded JSON."""
        asked = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        return self._ask("GET", asked, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One POST of JSON; returns the decoded answer."""
        return self._ask("POST", path, body or {})

    def text(self, path: str) -> str:
        """One GET of plain text."""
        with self._open("GET", path, None) as answer:
            return str(answer.read().decode())

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            with self._open(method, path, body) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(f"{error.code} {error.read().decode()[:300]}") from error
        except OSError as error:
            raise Refused(str(error)) from error

    def _open(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310 -- our own API on loopback
            self._base + urllib.parse.quote(path, safe="/?=&%:"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        return urllib.request.urlopen(request, timeout=10)  # noqa: S310


class Staff:
    """Two people, because one alone may not lend: a clerk and whoever approves."""

    def __init__(self, clerk: Person, approver: Person) -> None:
        self.clerk = clerk
        self.approver = approver

    def lend(self, reference_code: str, borrower: str, purpose: str, now: datetime) -> None:
        """The clerk asks, the other approves."""
        due = (now + timedelta(days=7)).astimezone(UTC).isoformat().replace("+00:00", "Z")
        loan = self.clerk.post(
            "/v1/loans",
            {
                "holding_id": self._holding(reference_code),
                "borrower": borrower,
                "purpose": purpose,
                "due": due,
            },
        )
        self.approver.post(f"/v1/loans/{loan['id']}/approve")

    def take_back(self, reference_code: str) -> None:
        """The clerk has the file in hand and says so."""
        for loan in self._open_loans(self._holding(reference_code)):
            self.clerk.post(f"/v1/loans/{loan['id']}/return")

    def acknowledge(self, kind: str, note: str) -> int:
        """The clerk acknowledges every alarm of that kind; returns how many."""
        alarms = self.clerk.get("/v1/alarms")["alarms"]
        waiting = [a for a in alarms if a["kind"] == kind and "unack" in a["state"]]
        for alarm in waiting:
            self.clerk.post(f"/v1/alarms/{alarm['id']}/acknowledge", {"note": note})
        return len(waiting)

    def open_aisle(self, rack: str, aisle: int) -> None:
        """The clerk wants to walk in; a refusal is an answer, too."""
        self.clerk.post(f"/v1/racks/{rack}/aisles/{aisle}/open")

    def stop_rack(self, rack: str) -> None:
        """The clerk stops the bank."""
        self.clerk.post(f"/v1/racks/{rack}/stop")

    def tidy(self, reference_codes: tuple[str, ...]) -> None:
        """Close what an interrupted run left open, so that the scenario can be played again."""
        for code in reference_codes:
            for loan in self._open_loans(self._holding(code)):
                verb = "return" if loan["state"] == "approved" else "reject"
                who = self.clerk if verb == "return" else self.approver
                who.post(f"/v1/loans/{loan['id']}/{verb}", {"reason": "the demo starts again"})

    def _holding(self, reference_code: str) -> str:
        return str(self.clerk.get("/v1/holdings", code=reference_code)["holdings"][0]["id"])

    def _open_loans(self, holding_id: str) -> list[Any]:
        loans = self.clerk.get("/v1/loans", holding_id=holding_id)["loans"]
        return [loan for loan in loans if loan["state"] in {"requested", "approved"}]
