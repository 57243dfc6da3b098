"""How the system is: for supervisors (/health), for Prometheus (/metrics), for developers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import OperationalError

from api.answers import answer, encode
from api.context import Context, ContextOf
from api.models import Health, documented
from controller.store import views
from controller.store.database import StoreError

router = APIRouter(tags=["health"])

DEAD_AFTER: Final = timedelta(seconds=15)
"""A controller whose last sign of life is older does not live."""


@router.get("/health", response_model=Health, responses={503: {"model": Health}})
def health(context: ContextOf) -> Response:
    """200 while the database answers and the controller lives, else 503. Needs no sign-in."""
    try:
        state = _health(context)
    except (StoreError, OperationalError) as error:
        state = {"status": "failing", "database": type(error).__name__}
    ok = state["status"] == "ok"
    return answer(state, status=200 if ok else 503, headers={"Cache-Control": "no-store"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **documented(401, 403)},
)
def metrics(request: Request, context: ContextOf) -> Response:
    """Counters and gauges in Prometheus text format 0.0.4."""
    lines = [*_controller_lines(context), *_api_lines(request, context)]
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


@router.get("/v1/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """This API's own description."""
    return Response(encode(request.app.openapi()), media_type="application/json")


def _health(context: Context) -> dict[str, Any]:
    with context.reader.connect() as connection:
        beat = views.heartbeats(connection).get(context.writer)
        depths = views.outbox_depths(connection)
    age = None if beat is None else context.now() - beat.beat_at
    lives = beat is not None and beat.state != "stopped" and age is not None and age <= DEAD_AFTER
    return {
        "status": "ok" if lives else "controller_down",
        "database": "ok",
        "controller": None if beat is None else beat.state,
        "controller_age_s": None if age is None else round(age.total_seconds(), 1),
        "outbox": depths,
    }


def _controller_lines(context: Context) -> Iterator[str]:
    with context.reader.connect() as connection:
        beats = views.heartbeats(connection)
        depths = views.outbox_depths(connection)
        alarms = views.count_alarms(connection)
    yield "# TYPE smart_repository_outbox_messages gauge"
    for destination, depth in depths.items():
        yield _sample("outbox_messages", depth, destination=destination)
    yield "# TYPE smart_repository_alarms gauge"
    for state, count in alarms.items():
        yield _sample("alarms", count, state=state)
    yield "# TYPE smart_repository_heartbeat_age_seconds gauge"
    now = context.now()
    for writer, beat in beats.items():
        age = (now - beat.beat_at).total_seconds()
        yield _sample("heartbeat_age_seconds", round(age, 3), writer=writer)
    yield from _counter_lines(beats)


def _counter_lines(beats: dict[str, views.Beat]) -> Iterator[str]:
    """Counters come as ``{device: {counter: number}}``; one metric per counter name."""
    samples: dict[str, list[str]] = {}
    for writer, beat in beats.items():
        for device, counters in beat.counters.items():
            for name, value in counters.items():
                metric = re.sub(r"[^a-z0-9_]", "_", name.lower()) + "_total"
                sample = _sample(metric, value, writer=writer, device=device)
                samples.setdefault(metric, []).append(sample)
    for metric, lines in samples.items():
        yield f"# TYPE smart_repository_{metric} counter"
        yield from lines


def _api_lines(request: Request, context: Context) -> Iterator[str]:
    served = request.app.served
    yield "# TYPE smart_repository_api_requests_total counter"
    for status, count in sorted(served.answers.items()):
        yield _sample("api_requests_total", count, status=str(status))
    yield "# TYPE smart_repository_api_request_seconds_total counter"
    yield _sample("api_request_seconds_total", round(served.seconds, 6))
    yield "# TYPE smart_repository_api_streams gauge"
    yield _sample("api_streams", context.feed.listeners)


def _sample(metric: str, value: float, **labels: str) -> str:
    pairs = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
    return f"smart_repository_{metric}{{{pairs}}} {value}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
