"""All of a batch or nothing of it, nothing lost and nothing doubled."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from controller.domain.decision import Answer, Decision
from controller.domain.requests import Asked, RequestStop
from controller.store.database import StoreBusy, begin_write, open_engine
from controller.store.journal import read
from controller.store.ledger import Ledger, Recorded
from controller.store.rebuild import rebuild
from controller.store.requests import answer_of, file_request, take_filed
from controller.store.schema import audit, journal, outbox, readings
from drivers.observations import ClimateReading, Moment, Quality
from tests.store.events import NOON, passage
from tests.store.plain import (
    Impatient,
    Published,
    committing_but_not_saying_so,
    rows_of,
)

AT = Moment(utc=NOON, monotonic_s=1.0)


def ledger_of(engine: Engine, writer: str = "controller") -> Ledger:
    return Ledger(engine, source=f"site-1/{writer}", compose=Published())


def reading(second: int) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=NOON + timedelta(seconds=second), monotonic_s=0.0),
        sensor="climate-1",
        temperature_c=18.5,
        relative_humidity_percent=None,
        quality=Quality.UNCERTAIN,
        fault="invalid",
    )


def stop_request(engine: Engine) -> RequestStop:
    """A request that was filed and taken up."""
    with engine.begin() as connection:
        body = {"rack": "rack-1"}
        file_request(
            connection, "RequestStop", body, by="li", computer="192.0.2.7", now=NOON,
            lifetime=timedelta(seconds=5),
        )  # fmt: skip
    with engine.connect() as connection:
        (request,) = take_filed(connection, AT)
    assert isinstance(request, RequestStop)
    return request


def journal_ids(engine: Engine) -> list[str]:
    return [row["id"] for row in rows_of(engine, journal)]


def test_one_commit_holds_event_table_message_answer_audit_and_reading(
    store_engine: Engine,
) -> None:
    request = stop_request(store_engine)
    answer = Answer(
        request_id=request.asked.request_id, accepted=True, code="accepted", detail={"id": "c1"}
    )
    ledger = ledger_of(store_engine)
    ledger.add(Decision(events=(passage(1),), answers=(answer,), readings=(reading(0),)), request)
    (recorded,) = ledger.commit()
    ledger.close()
    assert (recorded.seq, recorded.source, recorded.event) == (1, "site-1/controller", passage(1))
    with store_engine.connect() as connection:
        assert read(connection, after=0, limit=9) == [recorded]
        filed = answer_of(connection, request.asked.request_id)
    assert filed is not None
    assert (filed.state, filed.code, filed.detail) == ("accepted", "accepted", {"id": "c1"})
    (entry,) = rows_of(store_engine, audit)
    told = [entry[name] for name in ("user", "computer", "operation", "object", "success")]
    assert told == ["li", "192.0.2.7", "RequestStop", "rack-1", True]
    assert [row["topic"] for row in rows_of(store_engine, outbox)] == ["events/1", "climate-1"]
    assert rows_of(store_engine, readings)[0]["relative_humidity_percent"] is None


def test_a_refusal_is_answered_and_audited_with_its_reason(store_engine: Engine) -> None:
    request = stop_request(store_engine)
    refused = Answer(
        request_id=request.asked.request_id, accepted=False, code="no_such_rack", detail={}
    )
    ledger = ledger_of(store_engine)
    ledger.add(Decision(answers=(refused,)))  # the request itself is read from its row
    ledger.commit()
    ledger.close()
    (entry,) = rows_of(store_engine, audit)
    assert (entry["success"], entry["reason"]) == (False, "no_such_rack")


def test_answering_what_was_never_asked_is_a_bug_and_writes_nothing(store_engine: Engine) -> None:
    ledger = ledger_of(store_engine)
    stray = Answer(request_id="nobody", accepted=True, code="accepted", detail={})
    ledger.add(Decision(events=(passage(1),), answers=(stray,)))
    with pytest.raises(LookupError):
        ledger.commit()
    ledger.close()
    assert journal_ids(store_engine) == []


def test_the_same_reading_is_neither_stored_nor_published_twice(store_engine: Engine) -> None:
    ledger = ledger_of(store_engine)
    for _ in range(2):
        ledger.add(Decision(readings=(reading(0), reading(1), reading(1))))
        ledger.commit()
    ledger.close()
    assert len(rows_of(store_engine, readings)) == 2
    assert len(rows_of(store_engine, outbox)) == 2


def test_an_empty_batch_writes_nothing(store_engine: Engine) -> None:
    ledger = ledger_of(store_engine)
    assert ledger.commit() == []
    ledger.close()


def test_two_writers_share_one_gapless_journal(store_url: str, store_engine: Engine) -> None:
    def write(writer: str) -> None:
        engine = open_engine(store_url)
        ledger = ledger_of(engine, writer)
        for number in range(25):
            ledger.add(Decision(events=(passage(number), passage(number))))
            ledger.commit()
        ledger.close()
        engine.dispose()

    threads = [threading.Thread(target=write, args=(name,)) for name in ("controller", "import")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = rows_of(store_engine, journal)
    assert [row["seq"] for row in rows] == list(range(1, 101))
    assert {row["source"] for row in rows} == {"site-1/controller", "site-1/import"}
    assert rebuild(store_engine) == []


def test_a_busy_store_keeps_the_batch_for_the_next_try(
    store_url: str, store_engine: Engine
) -> None:
    with Impatient(store_url) as impatient:
        ledger = ledger_of(impatient)
        ledger.add(Decision(events=(passage(1),)))
        with store_engine.begin() as other:
            begin_write(other)
            with pytest.raises(StoreBusy):
                ledger.commit()
            ledger.add(Decision(events=(passage(2),)))
            with pytest.raises(StoreBusy):
                ledger.commit()
        recorded = ledger.commit()
        ledger.close()
    assert [each.event for each in recorded] == [passage(1), passage(2)]
    assert [each.id for each in recorded] == journal_ids(store_engine)
    assert len(rows_of(store_engine, outbox)) == 2


def test_a_commit_whose_answer_was_lost_is_not_repeated(
    store_url: str, store_engine: Engine
) -> None:
    fragile = open_engine(store_url)
    ledger = ledger_of(fragile)
    ledger.add(Decision(events=(passage(1), passage(2)), readings=(reading(0),)))
    with committing_but_not_saying_so(fragile), pytest.raises(StoreBusy):
        ledger.commit()
    ledger.add(Decision(events=(passage(3),), readings=(reading(1),)))
    recorded = ledger.commit()
    ledger.close()
    fragile.dispose()
    assert _numbered(recorded) == [(1, passage(1)), (2, passage(2)), (3, passage(3))]
    assert [each.id for each in recorded] == journal_ids(store_engine)
    assert len(rows_of(store_engine, outbox)) == 5
    assert rebuild(store_engine) == []


def test_an_answer_whose_commit_was_lost_is_audited_once(
    store_url: str, store_engine: Engine
) -> None:
    request = stop_request(store_engine)
    answer = Answer(request_id=request.asked.request_id, accepted=True, code="accepted", detail={})
    fragile = open_engine(store_url)
    ledger = ledger_of(fragile)
    ledger.add(Decision(answers=(answer,)), request)
    with committing_but_not_saying_so(fragile), pytest.raises(StoreBusy):
        ledger.commit()
    assert ledger.commit() == []
    ledger.close()
    fragile.dispose()
    assert len(rows_of(store_engine, audit)) == 1


def test_a_message_is_composed_anew_when_another_writer_took_its_number(
    store_url: str, store_engine: Engine
) -> None:
    with Impatient(store_url) as impatient:
        ledger = ledger_of(impatient)
        ledger.add(Decision(events=(passage(1),)))
        with store_engine.begin() as other:
            begin_write(other)
            with pytest.raises(StoreBusy):
                ledger.commit()
        rival = ledger_of(store_engine, "import")
        rival.add(Decision(events=(passage(9),)))
        rival.commit()
        rival.close()
        (recorded,) = ledger.commit()
        ledger.close()
    assert recorded.seq == 2
    assert [row["topic"] for row in rows_of(store_engine, outbox)] == ["events/1", "events/2"]


def _numbered(recorded: list[Recorded]) -> list[tuple[int, object]]:
    return [(each.seq, each.event) for each in recorded]


def test_a_request_given_by_hand_needs_no_row(store_engine: Engine) -> None:
    asked = Asked(request_id="by-hand", at=AT, by="li", computer="local")
    answer = Answer(request_id="by-hand", accepted=True, code="accepted", detail={})
    ledger = ledger_of(store_engine)
    ledger.add(Decision(answers=(answer,)), RequestStop(asked=asked, rack="rack-1"))
    ledger.commit()
    ledger.close()
    assert [row["user"] for row in rows_of(store_engine, audit)] == ["li"]
