"""What the framework cannot know about the API's own description: problems, sign-in, examples."""

from typing import Any, Final

from api.models import structures
from api.problems import ProblemBody
from api.rights import API, PUBLIC

_HOLDING_ID: Final = "0b9c9f5e-5b0c-5c43-9c4b-0d6ad1f7c1aa"
_LOAN_ID: Final = "019aa1c4-7c1e-7d10-8a3f-2f1c9a7b5e01"
_EVENT_ID: Final = "019aa1c4-9d22-7b61-b3c0-6e5f4d3c2b1a"
_PASSAGE_ID: Final = "019aa1c4-9d20-7c33-a1b2-c3d4e5f60718"
_ALARM_ID: Final = "unauthorised_exit:door-north:J001-WS·2021-D30-00042"

_WHEREABOUTS: Final = {
    "holding_id": _HOLDING_ID,
    "reference_code": "J001-WS·2021-D30-00042",
    "title": "土地征收补偿协议",
    "state": "outside",
    "place": "outside",
    "spot": None,
    "told_by": None,
    "left_at": None,
    "home": "room-1/A/03/04/2",
    "since": "2026-11-20T06:03:20.512000Z",
    "confidence": 0.98,
    "basis": "passage",
    "door": "door-north",
    "passage_id": _PASSAGE_ID,
    "seen_as": _HOLDING_ID,
    "evidence": [_EVENT_ID],
    "authority": {
        "kind": "loan",
        "id": _LOAN_ID,
        "holder": "王芳",
        "due": "2026-12-03T09:00:00Z",
        "overdue": False,
    },
    "as_of": "2026-11-20T08:00:00Z",
}
_HOLDING: Final = {
    "id": _HOLDING_ID,
    "reference_code": "J001-WS·2021-D30-00042",
    "title": "土地征收补偿协议",
    "kind": "file",
    "fonds": "J001",
    "home": "room-1/A/03/04/2",
    "parent_id": None,
    "barcode": "30001234567",
}
_LOAN: Final = {
    "id": _LOAN_ID,
    "holding_id": _HOLDING_ID,
    "reference_code": "J001-WS·2021-D30-00042",
    "title": "土地征收补偿协议",
    "borrower": "王芳",
    "purpose": "核对补偿面积",
    "due": "2026-12-03T09:00:00Z",
    "state": "approved",
    "requested_by": "liwei",
    "requested_at": "2026-11-20T05:58:02Z",
    "decided_by": "zhaomin",
    "decided_at": "2026-11-20T06:00:41Z",
    "reason": "",
    "left_at": "2026-11-20T06:03:20.512000Z",
    "return_proposed_at": None,
    "returned_at": None,
    "returned_by": None,
    "turn_at": "2026-11-20T06:00:41Z",
    "held_until": None,
    "issued_at": None,
    "issued_by": None,
    "renewals": 0,
    "recalled_at": None,
    "pieces": None,
    "still_out": None,
    "stage": None,
    "reminded_at": None,
    "reshelved_at": None,
}
_ALARM: Final = {
    "id": _ALARM_ID,
    "kind": "unauthorised_exit",
    "source": "door-north",
    "subject": "J001-WS·2021-D30-00042",
    "holding_id": _HOLDING_ID,
    "priority": "critical",
    "state": "unacknowledged",
    "raised_at": "2026-11-20T06:03:20.512000Z",
    "occurrences": 1,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "note": "",
    "returned_at": None,
    "return_reason": "",
    "detail": {"title": "土地征收补偿协议"},
    "seq": 4711,
    "condition": True,
    "latched": False,
    "auto_acknowledges": False,
    "in_flood": False,
    "since": "2026-11-20T06:03:20.512000Z",
    "level": 0,
    "until": None,
    "reason": "",
    "work_order": "",
    "held_by": "",
}

EXAMPLES: Final[dict[tuple[str, str], object]] = {
    ("get", "/v1/whereabouts"): _WHEREABOUTS,
    ("post", "/v1/whereabouts"): {"whereabouts": [_WHEREABOUTS], "unknown": ["J001-WS·1999-D10"]},
    ("get", "/v1/holdings/{holding_id}/whereabouts"): _WHEREABOUTS,
    ("get", "/v1/holdings"): {"holdings": [_HOLDING]},
    ("get", "/v1/holdings/{holding_id}"): _HOLDING,
    ("get", "/v1/loans"): {"loans": [_LOAN], "next": None},
    ("get", "/v1/loans/{loan_id}"): _LOAN,
    ("get", "/v1/alarms"): {"alarms": [_ALARM], "next": "/v1/alarms?limit=1&cursor=NDcxMQ"},
    ("get", "/v1/alarms/{alarm_id}"): _ALARM,
    ("get", "/v1/climate"): {
        "sensors": [
            {
                "sensor": "th-01",
                "name": "一号库房 东墙",
                "room": "room-1",
                "reading": {
                    "at": "2026-11-20T07:59:31Z",
                    "temperature_c": 19.4,
                    "relative_humidity_percent": 51.2,
                    "quality": "good",
                    "fault": "",
                },
                "stale": False,
                "limits": [{"quantity": "temperature_c", "side": "high", "limit": 24.0}],
            }
        ]
    },
    ("get", "/v1/racks"): {
        "racks": [
            {
                "id": "rack-a",
                "name": "A 区密集架",
                "room": "room-1",
                "aisles": 7,
                "mode": "idle",
                "open_aisle": 3,
                "occupied": "3:occupied",
                "fault_code": 0,
                "changed_at": "2026-11-20T07:41:10Z",
                "last_result": "opened:3",
            }
        ]
    },
}
"""Of the answers with status 200."""


def described(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with problems, the two ways to sign in, and examples."""
    components = document.setdefault("components", {})
    components["schemas"] |= structures()
    components["schemas"]["Problem"] = ProblemBody.model_json_schema()
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, 'id.secret'."},
        "session": {"type": "apiKey", "in": "cookie", "name": "session"},
    }
    document["security"] = [{"key": []}, {"session": []}]
    for (method, path), roles in API.items():
        operation = _operation(document, method, path)
        if operation is not None:
            _say_who(operation, roles)
    for (method, path), example in EXAMPLES.items():
        answers = document["paths"][path][method]["responses"]
        answers["200"]["content"]["application/json"]["example"] = example
    return document


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    found = document["paths"].get(path.replace(":path}", "}"), {}).get(method.lower())
    return found if isinstance(found, dict) else None


def _say_who(operation: dict[str, Any], roles: frozenset[Any]) -> None:
    if roles is PUBLIC:
        operation["security"] = []
    else:
        operation["x-roles"] = sorted(roles)
