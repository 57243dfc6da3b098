"""A store is compared: differences open, stay one, and are closed by what is seen next."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from controller.domain.events import (
    DeviceFailed,
    LoanApproved,
    LoanRequested,
    PassageDetected,
    TagUnbound,
)
from controller.domain.events_presence import TagDeparted
from controller.domain.model import Direction
from controller.domain.plans_presence import ListenerKind
from controller.store.rebuild import rebuild
from controller.store.reconciling.work import Overtaken, marks, unmark
from tests.store.reconciling.archive import DAY, HOUR, Archive, epc, holding_id


@pytest.fixture
def archive(store_engine: Engine) -> Iterator[Archive]:
    """Three tagged files of one bay, two of which were heard there; compared once."""
    made = Archive(store_engine)
    for number in (1, 2, 3):
        made.catalogue(number)
    made.tag(1, 2, 3)
    made.hear(1)
    made.hear(2)
    made.now += DAY
    assert made.compare().found == {}
    yield made
    made.close()


def test_a_file_elsewhere_is_found_once_and_closed_when_heard_at_home(archive: Archive) -> None:
    archive.hear(1, "rack-a/4/2")
    archive.compare()
    assert archive.standing() == {}  # it may only be carried by
    archive.now += HOUR
    assert archive.compare().found == {"C1": 1}
    before = archive.register()
    assert archive.compare().judged == 0
    assert archive.compare(full=True).found == {}
    assert archive.register() == before
    archive.hear(1)
    assert archive.compare().closed == 1
    (row,) = archive.register()
    assert (row["state"], len(row["witness"])) == ("closed", 36)
    assert rebuild(archive.engine) == []


def test_the_catalogues_new_word_is_looked_at_by_its_bucket(archive: Archive) -> None:
    archive.change(2, home="rack-a/3/L/9/2")
    assert archive.compare().found == {"C1": 1}
    with archive.engine.connect() as connection:
        assert marks(connection) == {}
    archive.change(2, home="rack-a/3/L/3/2")
    assert archive.compare().closed == 1
    archive.change(2, home="no such shelf")
    archive.compare()
    assert archive.standing() == {"C5 2": "open"}


def test_what_the_catalogue_deleted_and_what_it_never_had(archive: Archive) -> None:
    archive.catalogue(4, barcode="77")
    archive.tag(9)
    archive.change(3, withdrawn_at=archive.now, barcode="77")
    archive.compare()
    assert archive.standing() == {"B1 9": "open", "B7 3": "open"}
    withdrawn = next(row for row in archive.register() if row["code"] == "B7")
    assert (withdrawn["matched_by"], withdrawn["evidence"]["catalogue_successor"]) == (
        2, holding_id(4),
    )  # fmt: skip
    archive.record(TagUnbound(at=archive.now, epc=epc(9), holding_id=holding_id(9), by="li"))
    archive.change(3, withdrawn_at=None)
    assert archive.compare().closed == 2


def test_an_unknown_tag_is_one_entry_until_it_is_bound(archive: Archive) -> None:
    for _ in range(2):
        archive.hear(8, known=False)
        archive.compare()
    assert archive.standing() == {"A1 tag 8": "open"}
    archive.catalogue(8)
    archive.tag(8)
    archive.compare()
    assert archive.standing() == {}


def test_a_fonds_past_its_day_wants_a_tag_on_every_holding(archive: Archive) -> None:
    archive.catalogue(5, fonds="B002")
    archive.catalogue(6, fonds="B002", parent_id=holding_id(5))
    archive.compare()
    assert archive.standing() == {"B2 5": "open"}


def test_a_key_that_two_records_bear_is_told_until_one_gives_it_up(archive: Archive) -> None:
    archive.catalogue(5, barcode="123")
    archive.catalogue(6, barcode="123")
    archive.compare()
    assert archive.standing() == {"B6 barcode:123": "open"}
    archive.change(6, barcode="124")
    archive.finish()
    assert archive.standing() == {}


def test_a_number_that_two_sources_write_differently(archive: Archive) -> None:
    archive.hold("archive", "done")
    archive.hold("pensions", "done")
    sealed = {"digest": "aa", "shown": "110105********002X", "valid": True}
    archive.change(1, key_fields={"id_number": sealed})
    archive.catalogue(
        7,
        source="pensions",
        reference_code="A001-WS·2020-Y-0001",
        key_fields={"id_number": {**sealed, "digest": "bb", "valid": False}},
    )
    archive.compare()
    assert archive.standing() == {"E1 1": "open", "E1 7": "open", "E2 7": "open"}
    differs = next(row for row in archive.register() if row["code"] == "E1")
    assert (differs["matched_by"], differs["evidence"]["fields"]) == (3, "id_number")
    assert not {"aa", "bb"} & set(differs["evidence"].values())


def test_missing_takes_three_sweeps_and_a_find_ends_it(archive: Archive) -> None:
    archive.now += DAY
    for number in range(1, 4):
        archive.sweep(f"walk-{number}", "rack-a/3", 2)
        archive.compare(full=True)
        expected = {} if number < 3 else {"B3 1": "open", "B3 3": "open"}
        assert archive.standing() == expected
    archive.sweep("walk-4", "rack-a/5", 3)
    archive.now += HOUR
    archive.compare()
    assert archive.standing() == {"B3 1": "open", "C1 3": "open"}


def test_a_sweep_finds_by_itself_who_was_last_heard_there(archive: Archive) -> None:
    for number in range(1, 4):
        archive.sweep(f"walk-{number}", "rack-a/3", 2)
        archive.compare()
    assert "B3 1" in archive.standing()


def test_the_silence_of_a_lost_reader_opens_nothing_and_closes_nothing(archive: Archive) -> None:
    archive.record(
        TagDeparted(
            at=archive.now,
            reader="shelf-a",
            listener=ListenerKind.SHELF,
            room="room-1",
            spot="rack-a/3/2",
            epc=epc(1),
            holding_id=holding_id(1),
            last_heard=archive.now,
        )
    )
    archive.compare()
    archive.now += 2 * DAY
    archive.compare()
    assert archive.standing() == {"B3 1": "open"}
    archive.record(DeviceFailed(at=archive.now, device="shelf-a", reason="no answer"))
    archive.compare()
    assert archive.standing() == {"B3 1": "waiting", "B4 1": "open"}
    assert archive.register()[0]["code"] in ("B3", "B4")


def test_a_file_outside_without_a_line_is_told_and_a_loan_ends_it(archive: Archive) -> None:
    archive.record(
        PassageDetected(
            at=archive.now,
            passage_id="p1",
            door="door-1",
            epc=epc(2),
            holding_id=holding_id(2),
            direction=Direction.OUT,
            place="outside",
            confidence=0.99,
            evidence={},
        )
    )
    archive.compare()
    assert archive.standing() == {"D1 2": "open"}
    due = archive.now + DAY
    archive.record(
        LoanRequested(
            at=archive.now,
            loan_id="l1",
            holding_id=holding_id(2),
            borrower="Zhao",
            purpose="",
            due=due,
            by="li",
        ),
        LoanApproved(at=archive.now, loan_id="l1", holding_id=holding_id(2), by="wang"),
    )
    archive.compare()
    assert archive.standing() == {}


def test_a_held_source_opens_and_closes_nothing_but_says_that_it_is_held(archive: Archive) -> None:
    archive.change(2, home="rack-a/3/L/9/2")
    archive.compare()
    archive.hold()
    archive.change(2, home="rack-a/3/L/3/2")
    archive.change(1, home="rack-a/3/L/9/2")
    archive.finish()
    assert archive.standing() == {"C1 2": "open", "F2 archive": "open"}
    archive.hold(state="done")
    archive.finish(full=True)
    assert archive.standing() == {"C1 1": "open"}


def test_a_plan_says_what_would_be_found_and_writes_nothing(archive: Archive) -> None:
    archive.change(2, home="rack-a/3/L/9/2")
    planned = archive.compare(plan=True)
    assert (planned.found, planned.examples[0]["class"]) == ({"C1": 1}, "C1")
    assert archive.register() == []
    assert archive.compare().found == {"C1": 1}


def test_of_two_comparisons_at_once_the_later_gives_up_and_nothing_doubles(
    archive: Archive,
) -> None:
    archive.change(2, home="rack-a/3/L/9/2")
    late = archive.begin()
    archive.compare()
    archive.change(1, home="rack-a/3/L/9/2")
    with pytest.raises(Overtaken):
        late.of_changes()
    late.close()
    assert archive.compare().found == {"C1": 1}
    assert archive.compare().found == {}
    assert len(archive.register()) == 2


def test_a_mark_stays_when_the_catalogue_wrote_after_it_was_read(archive: Archive) -> None:
    archive.change(2, home="rack-a/3/L/9/2")
    with archive.engine.connect() as connection:
        seen = marks(connection)
    archive.change(2, home="rack-a/3/L/3/2")
    with archive.engine.begin() as connection:
        unmark(connection, seen)
        assert marks(connection) == {holding_id(2)[:4]: 2}


def test_a_finished_comparison_leaves_its_figures(archive: Archive) -> None:
    archive.hear(1, "rack-a/4/2")
    archive.now += HOUR
    tally = archive.finish()
    (run,) = archive.runs()
    assert run["figures"] == tally.figures
    assert (run["opened"], run["standing"], run["full"]) == (1, 1, False)
    assert run["figures"] == {
        "covered": "2",
        "expected": "3",
        "excused": "0",
        "seen": "2",
        "location_accuracy": "0.5000",
        "existence_accuracy": "0.6667",
        "standing_C1": "1",
        "oldest_days_C1": "0",
    }
    archive.now += timedelta(days=3)
    archive.finish()
    assert archive.runs()[-1]["figures"]["oldest_days_C1"] == "3"
    assert rebuild(archive.engine) == []
