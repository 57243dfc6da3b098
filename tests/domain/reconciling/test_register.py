"""The register: the same facts twice change nothing, in whatever order and number they come."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.events_reconciling import (
    DiscrepancyAssigned,
    DiscrepancyClosed,
    DiscrepancyExplained,
    DiscrepancyFound,
    DiscrepancyWaiting,
    ReconcilingEvent,
)
from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState, Entry
from controller.domain.reconciling.judging import judge
from controller.domain.reconciling.judging_wider import (
    KeyCase,
    KeyRecord,
    SourceCase,
    TagCase,
    judge_key,
    judge_source,
    judge_tag,
)
from controller.domain.reconciling.register import RegisterDesk, changes
from controller.domain.reconciling.verdicts import Judgement, Rules
from controller.domain.requests_reconciling import AssignDiscrepancy, ExplainDiscrepancy
from controller.store.reconciling.folds import entry_of, fold_discrepancy
from tests.domain.reconciling.cases import DAY, NOW, case, heard
from tests.domain.reconciling.test_judging import NEAR_MISSES, OTHER_BAY, THERE
from tests.domain.rooms import asked

RULES = Rules()
LATER = NOW + DAY
SPOILED = judge(THERE["C1"], RULES)
AGREED = judge(case(), RULES)


class Register:
    """The table in memory, by the very fold that the store uses."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, object]] = {}
        self._seq = 0

    def take(self, events: list[ReconcilingEvent]) -> None:
        for event in events:
            self._seq += 1
            key = getattr(event, "discrepancy_id")  # noqa: B009 -- all of them have it
            row = fold_discrepancy(self.rows.get(key), event, self._seq)
            if row is not None:
                self.rows[key] = row

    def standing(self) -> dict[str, list[Entry]]:
        by_subject: dict[str, list[Entry]] = {}
        for row in self.rows.values():
            if row["state"] != DiscrepancyState.CLOSED:
                by_subject.setdefault(str(row["subject"]), []).append(entry_of(row))
        return by_subject

    def run(self, judged: list[Judgement], *, held: frozenset[str] = frozenset()) -> list[str]:
        events = changes(judged, self.standing(), LATER, held)
        self.take(events)
        return [type(event).__name__ for event in events]

    def discrepancy(self, discrepancy_id: str) -> Entry | None:
        row = self.rows.get(discrepancy_id)
        return None if row is None else entry_of(row)

    @property
    def only(self) -> dict[str, object]:
        (row,) = self.rows.values()
        return row


def test_it_opens_once_stays_and_is_closed_by_what_is_seen_next() -> None:
    register = Register()
    assert register.run([SPOILED]) == [DiscrepancyFound.__name__]
    assert register.run([SPOILED]) == []
    assert register.run([AGREED]) == [DiscrepancyClosed.__name__]
    assert register.only["state"] == "closed"
    assert register.only["witness"] == "e-heard"
    assert register.run([AGREED]) == []
    assert register.run([SPOILED]) == [DiscrepancyFound.__name__]
    assert (register.only["state"], register.only["occurrences"]) == ("open", 2)


def test_what_an_order_may_explain_waits_and_is_neither_opened_nor_closed() -> None:
    register = Register()
    moved = judge(NEAR_MISSES["C1 under an order"], RULES)
    assert register.run([moved]) == []
    register.run([SPOILED])
    assert register.run([moved]) == [DiscrepancyWaiting.__name__]
    assert (register.only["state"], register.only["waiting_reason"]) == ("waiting", "order")
    assert register.run([moved]) == []
    assert register.run([SPOILED]) == [DiscrepancyFound.__name__]
    assert (register.only["state"], register.only["occurrences"]) == ("open", 1)


def test_a_source_that_the_guard_holds_opens_and_closes_nothing() -> None:
    register = Register()
    held = frozenset({"archive"})
    assert register.run([SPOILED], held=held) == []
    register.run([SPOILED])
    assert register.run([AGREED], held=held) == []
    source = SourceCase(source="archive", at=NOW, held_reason="1200 of 2000 would vanish")
    assert register.run([judge_source(source, RULES)], held=held) == [DiscrepancyFound.__name__]


def test_only_an_observation_closes_what_a_person_has_put_right() -> None:
    register = Register()
    register.run([SPOILED])
    key = str(register.only["id"])
    desk = RegisterDesk(register)
    assigned = desk.asked(AssignDiscrepancy(asked=asked(0.0), discrepancy_id=key, to="li", note=""))
    said = desk.asked(
        ExplainDiscrepancy(
            asked=asked(0.0), discrepancy_id=key, explanation="carried back", put_right=True
        )
    )
    events = [*assigned.events, *said.events]
    assert [type(e) for e in events] == [DiscrepancyAssigned, DiscrepancyExplained]
    register.take(events)  # type: ignore[arg-type]
    assert (register.only["state"], register.only["owner"]) == ("waiting", "li")
    assert register.run([SPOILED]) == []  # nothing new was seen: it goes on waiting
    again = judge(case(observation={"heard": heard(spot=OTHER_BAY, event_id="e-2")}), RULES)
    assert register.run([again]) == [DiscrepancyFound.__name__]  # seen, and still wrong
    assert register.only["state"] == "assigned"
    assert register.run([AGREED]) == [DiscrepancyClosed.__name__]


def test_the_same_place_heard_once_more_is_nothing_new() -> None:
    register = Register()
    register.run([SPOILED])
    again = judge(case(observation={"heard": heard(spot=OTHER_BAY, event_id="e-2")}), RULES)
    assert register.run([again]) == []


@pytest.mark.parametrize(
    ("to", "explanation", "code"),
    [(" ", None, "nobody_named"), (None, " ", "nothing_explained")],
)
def test_an_empty_word_is_refused(to: str | None, explanation: str | None, code: str) -> None:
    register = Register()
    register.run([SPOILED])
    key = str(register.only["id"])
    message = (
        AssignDiscrepancy(asked=asked(0.0), discrepancy_id=key, to=to, note="")
        if to is not None
        else ExplainDiscrepancy(
            asked=asked(0.0), discrepancy_id=key, explanation=explanation or "", put_right=False
        )
    )
    (answer,) = RegisterDesk(register).asked(message).answers
    assert (answer.accepted, answer.code) == (False, code)


def test_nobody_can_speak_of_what_is_closed_or_unknown() -> None:
    register = Register()
    register.run([SPOILED])
    register.run([AGREED])
    desk = RegisterDesk(register)
    for key, code in (
        (str(register.only["id"]), "discrepancy_closed"),
        ("x", "no_such_discrepancy"),
    ):
        message = AssignDiscrepancy(asked=asked(0.0), discrepancy_id=key, to="li", note="")
        assert desk.asked(message).answers[0].code == code


def test_tags_and_keys_are_judged_beside_holdings() -> None:
    unknown = judge_tag(TagCase(epc="E9", reads=1, place="room-1"), RULES)
    often = judge_tag(TagCase(epc="E9", reads=3), RULES)
    assert [(f.code, f.severity) for f in (*unknown.findings, *often.findings)] == [
        (DiscrepancyClass.UNKNOWN_TAG, "info"),
        (DiscrepancyClass.UNKNOWN_TAG, "medium"),
    ]
    assert judge_tag(TagCase(epc="E9", holdings=("h1",), reads=3), RULES).findings == ()
    for twice in (
        TagCase(epc="E9", holdings=("h1", "h2")),
        TagCase(epc="E9", holdings=("h1",), chips=("1", "2")),
    ):
        assert [f.code for f in judge_tag(twice, RULES).findings] == [DiscrepancyClass.TAG_TWICE]
    one, two = (KeyRecord(holding_id=h, fonds="A", kind="box") for h in ("h1", "h2"))
    elsewhere = KeyRecord(holding_id="h3", fonds="B", kind="box")

    def codes(*records: KeyRecord) -> list[str]:
        key = KeyCase(source="archive", name="barcode", key="1", records=records)
        return [finding.code.value for finding in judge_key(key).findings]

    assert codes(one, two) == ["B6"]
    assert codes(one, elsewhere) == []  # a shared box is legal
    assert codes(one, one) == codes(one) == []


def test_a_feed_that_stands_still_is_told_in_time() -> None:
    fresh = SourceCase(source="s", at=NOW, progressed_at=NOW - DAY)
    stale = SourceCase(source="s", at=NOW, progressed_at=NOW - 3 * DAY)
    by_hand = SourceCase(source="s", at=NOW)
    assert [f.code.value for f in judge_source(stale, RULES).findings] == ["F1"]
    assert judge_source(fresh, RULES).again_at == NOW - DAY + RULES.source_silent
    assert judge_source(by_hand, RULES).findings == ()
    assert judge_source(fresh, RULES).findings == ()


names = st.lists(st.sampled_from([*THERE, *NEAR_MISSES]), min_size=1, max_size=12)


@given(names, st.randoms(use_true_random=False))
def test_any_history_run_twice_changes_nothing_and_order_does_not_matter(
    history: list[str], dice: random.Random
) -> None:
    cases = THERE | NEAR_MISSES
    one, other = Register(), Register()
    for name in history:
        judged = judge(cases[name], RULES)
        wider = judge_tag(TagCase(epc="E9", reads=len(name)), RULES)
        one.run([judged, wider])
        assert one.run([judged, wider]) == []
        many = [wider, judged, judged, wider]
        dice.shuffle(many)
        other.run(many)
        fold_twice = {key: dict(row) for key, row in other.rows.items()}
        assert fold_twice.keys() == one.rows.keys()
    assert other.rows == one.rows


def test_waiting_times_are_data() -> None:
    hasty = Rules(settle=timedelta(0))
    assert judge(NEAR_MISSES["C1 carried by"], hasty).findings != ()
