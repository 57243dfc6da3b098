"""Who may call which route: the one table. A route that is not in it is refused to everyone.

Every entry is ``(method, path as the router spells it)``; a router therefore carries its whole
prefix and is included without another. Screens add theirs below the API's.
"""

from collections.abc import Mapping
from typing import Final

from controller.store.accounts import Role

PUBLIC: Final[frozenset[Role]] = frozenset()
"""Needs no sign-in: says nothing about the archive."""
EVERYONE: Final = frozenset(Role)
DESK: Final = frozenset({Role.STAFF, Role.ADMINISTRATOR})
PLANT: Final = frozenset({Role.STAFF, Role.FACILITIES, Role.ADMINISTRATOR})
KEEPERS: Final = frozenset({Role.FACILITIES, Role.ADMINISTRATOR})
"""May put alarms aside and bring them back."""
APPROVERS: Final = frozenset({Role.ADMINISTRATOR})

API: Final[Mapping[tuple[str, str], frozenset[Role]]] = {
    ("GET", "/health"): PUBLIC,
    ("GET", "/metrics"): EVERYONE,
    ("GET", "/v1/openapi.json"): EVERYONE,
    ("GET", "/v1/holdings"): EVERYONE,
    ("GET", "/v1/holdings/{holding_id}"): EVERYONE,
    ("GET", "/v1/holdings/{holding_id}/whereabouts"): EVERYONE,
    ("GET", "/v1/holdings/{holding_id}/events"): EVERYONE,
    ("GET", "/v1/whereabouts"): EVERYONE,
    ("POST", "/v1/whereabouts"): EVERYONE,
    ("GET", "/v1/loans"): EVERYONE,
    ("POST", "/v1/loans"): DESK,
    ("GET", "/v1/loans/{loan_id}"): EVERYONE,
    ("POST", "/v1/loans/{loan_id}/approve"): APPROVERS,
    ("POST", "/v1/loans/{loan_id}/reject"): APPROVERS,
    ("POST", "/v1/loans/{loan_id}/cancel"): DESK,
    ("POST", "/v1/loans/{loan_id}/reserve"): DESK,
    ("POST", "/v1/loans/{loan_id}/issue"): DESK,
    ("POST", "/v1/loans/{loan_id}/renew"): DESK,
    ("POST", "/v1/loans/{loan_id}/recall"): DESK,
    ("POST", "/v1/loans/{loan_id}/return"): DESK,
    ("POST", "/v1/loans/{loan_id}/return-part"): DESK,
    ("GET", "/v1/passages"): EVERYONE,
    ("POST", "/v1/passages/{passage_id}/confirm"): DESK,
    ("POST", "/v1/trolleys/{group_id}/confirm"): DESK,
    ("PUT", "/v1/sweeps/{sweep}/parts/{number}"): DESK,
    ("GET", "/v1/alarms"): EVERYONE,
    ("GET", "/v1/alarms/metrics"): EVERYONE,
    ("GET", "/v1/alarms/{alarm_id:path}/journal"): EVERYONE,
    ("GET", "/v1/alarms/{alarm_id:path}"): EVERYONE,
    ("POST", "/v1/alarms/{alarm_id:path}/shelve"): KEEPERS,
    ("POST", "/v1/alarms/{alarm_id:path}/unshelve"): KEEPERS,
    ("POST", "/v1/alarms/{alarm_id:path}/out-of-service"): KEEPERS,
    ("POST", "/v1/alarms/{alarm_id:path}/in-service"): KEEPERS,
    ("POST", "/v1/alarms/{alarm_id:path}/unacknowledge"): KEEPERS,
    ("POST", "/v1/alarms/{alarm_id:path}/reset"): KEEPERS,
    ("POST", "/v1/alarms/{alarm_id:path}/acknowledge"): PLANT,
    ("GET", "/v1/climate"): EVERYONE,
    ("GET", "/v1/climate/{sensor}"): EVERYONE,
    ("GET", "/v1/holdings/{holding_id}/exposure"): EVERYONE,
    ("GET", "/v1/rooms/{room}/holdings"): EVERYONE,
    ("GET", "/v1/rooms/{room}/holdings.csv"): EVERYONE,
    ("GET", "/v1/rooms/{room}/climate-report"): EVERYONE,
    ("GET", "/v1/climate-reports"): EVERYONE,
    ("GET", "/v1/climate-reports/{report_id}"): EVERYONE,
    ("GET", "/v1/racks"): EVERYONE,
    ("GET", "/v1/racks/{rack}"): EVERYONE,
    ("POST", "/v1/racks/{rack}/aisles/{aisle}/open"): DESK,
    ("POST", "/v1/racks/{rack}/stop"): PLANT,
    ("GET", "/v1/machines"): EVERYONE,
    ("POST", "/v1/machines/{machine}/move"): DESK,
    ("POST", "/v1/machines/{machine}/stop"): PLANT,
    ("POST", "/v1/machines/{machine}/motion/resolve"): PLANT,
    ("GET", "/v1/errands"): EVERYONE,
    ("POST", "/v1/errands"): DESK,
    ("GET", "/v1/errands/{errand_id}"): EVERYONE,
    ("POST", "/v1/errands/{errand_id}/end"): DESK,
    ("GET", "/v1/racks/{rack}/reservations"): EVERYONE,
    ("POST", "/v1/racks/{rack}/reservations"): DESK,
    ("GET", "/v1/racks/{rack}/reservations/{reservation_id}"): EVERYONE,
    ("POST", "/v1/racks/{rack}/reservations/{reservation_id}/claim"): DESK,
    ("POST", "/v1/racks/{rack}/reservations/{reservation_id}/release"): DESK,
    ("POST", "/v1/racks/{rack}/motion/resolve"): PLANT,
    ("GET", "/v1/desks/{desk}/tags"): DESK,
    ("POST", "/v1/desks/{desk}/tags"): DESK,
    ("GET", "/v1/passages/{passage_id}/recording"): EVERYONE,
    ("GET", "/v1/devices"): EVERYONE,
    ("GET", "/v1/events"): EVERYONE,
    ("GET", "/v1/requests/{request_id}"): EVERYONE,
}

SCREENS: Final[Mapping[tuple[str, str], frozenset[Role]]] = {
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): PUBLIC,
    ("POST", "/language"): PUBLIC,
    ("POST", "/logout"): EVERYONE,
    ("GET", "/"): EVERYONE,
    ("GET", "/liveness"): EVERYONE,
    ("POST", "/passages/confirm"): DESK,
    ("GET", "/find"): EVERYONE,
    ("GET", "/find/{holding_id}"): EVERYONE,
    ("GET", "/find/{holding_id}/exposure"): EVERYONE,
    ("GET", "/rooms/{room}/holdings"): EVERYONE,
    ("GET", "/passages/{passage_id}"): EVERYONE,
    ("GET", "/environment"): EVERYONE,
    ("GET", "/environment/now"): EVERYONE,
    ("GET", "/environment/series"): EVERYONE,
    ("GET", "/reports"): EVERYONE,
    ("GET", "/reports/file"): EVERYONE,
    ("GET", "/racks"): EVERYONE,
    ("POST", "/racks/{rack}/open"): DESK,
    ("POST", "/racks/{rack}/stop"): PLANT,
    ("POST", "/racks/{rack}/reserve"): DESK,
    ("POST", "/racks/{rack}/claim"): DESK,
    ("POST", "/racks/{rack}/release"): DESK,
    ("POST", "/racks/{rack}/resolve"): PLANT,
    ("POST", "/machines/{machine}/move"): DESK,
    ("POST", "/machines/{machine}/stop"): PLANT,
    ("POST", "/machines/{machine}/resolve"): PLANT,
    ("GET", "/errands"): EVERYONE,
    ("POST", "/errands"): DESK,
    ("GET", "/errands/{list_id}"): EVERYONE,
    ("POST", "/errands/{errand_id}/end"): DESK,
    ("GET", "/desk"): DESK,
    ("POST", "/desk/{desk}/tags"): DESK,
    ("GET", "/alarms"): EVERYONE,
    ("POST", "/alarms/acknowledge"): PLANT,
    ("GET", "/alarms/{alarm_id:path}/journal"): EVERYONE,
    ("POST", "/alarms/shelve"): KEEPERS,
    ("POST", "/alarms/unshelve"): KEEPERS,
    ("POST", "/alarms/out-of-service"): KEEPERS,
    ("POST", "/alarms/in-service"): KEEPERS,
    ("POST", "/alarms/unacknowledge"): KEEPERS,
    ("POST", "/alarms/reset"): KEEPERS,
    ("POST", "/loans"): DESK,
    ("POST", "/loans/{loan_id}/approve"): APPROVERS,
    ("POST", "/loans/{loan_id}/reject"): APPROVERS,
    ("POST", "/loans/{loan_id}/return"): DESK,
    ("GET", "/devices"): PLANT,
}
"""The screens' pages and forms, by the same rule."""

RIGHTS: Final[Mapping[tuple[str, str], frozenset[Role]]] = {**API, **SCREENS}
