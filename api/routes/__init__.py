"""The routes under /v1, each file one subject; each router carries its whole prefix."""

from api.routes import (
    alarms,
    climate,
    climate_reports,
    errands,
    events,
    exposure,
    health,
    holdings,
    loans,
    machines,
    passages,
    racks,
    recordings,
    requests,
    reservations,
    sweeps,
    tags,
    whereabouts,
)

ROUTERS = (
    whereabouts.router,  # first: routes are tried in order, and these are the hot ones
    holdings.router,
    loans.router,
    passages.router,
    sweeps.router,
    alarms.router,
    climate.router,
    climate_reports.router,
    exposure.router,
    racks.router,
    machines.router,
    recordings.router,
    reservations.router,
    errands.router,
    tags.router,
    events.router,
    requests.router,
    health.router,
)
