"""The open aisle is lit while something is to be found in it, and darkened when it is left."""

from dataclasses import replace

from controller.domain.decision import Decision
from controller.domain.model_shelving import Errand, ErrandTask, KnownShelving
from controller.domain.plans import ShelvesPlan
from drivers.commands import LightAisle, OpenAisle
from drivers.observations import Outcome
from tests.domain.shelving.bank import PLAN, Shelving

ERRAND = Errand(
    id="e-1",
    task=ErrandTask.FETCH,
    holding_id="holding-1",
    rack="rack-a",
    aisle=2,
    place="rack-a/2",
)


def bank(*, light: bool = True) -> Shelving:
    plan = replace(PLAN, shelves=ShelvesPlan(light=light))
    made = Shelving(racks=[plan], shelving=KnownShelving(errands=(ERRAND,)))
    made.look(0.0)
    return made


def lit(decision: Decision) -> list[int]:
    return [c.aisle for c in decision.commands if isinstance(c, LightAisle)]


def test_an_aisle_with_an_errand_is_lit_when_it_stands_open_and_dark_when_it_is_left() -> None:
    shelving = bank()
    assert lit(shelving.reserve(0.1, "lin", 2)) == []
    assert lit(shelving.word(1.0, Outcome.DONE)) == [2]
    shelving.look(1.1)

    assert lit(shelving.release(1.2, "lin")) == [0]


def test_an_aisle_without_an_errand_stays_dark() -> None:
    shelving = bank()
    shelving.reserve(0.1, "lin", 3)

    assert lit(shelving.word(1.0, Outcome.DONE)) == []


def test_a_bank_without_lights_is_told_nothing_of_them() -> None:
    shelving = bank(light=False)
    shelving.reserve(0.1, "lin", 2)
    assert lit(shelving.word(1.0, Outcome.DONE)) == []
    shelving.look(1.1)
    assert lit(shelving.release(1.2, "lin")) == []


def test_nothing_is_said_of_lights_beside_a_motion() -> None:
    shelving = bank()
    shelving.reserve(0.1, "lin", 2)
    shelving.reserve(0.2, "wang", 3)
    shelving.word(1.0, Outcome.DONE)
    shelving.look(1.1)

    released = shelving.release(1.2, "lin")

    assert [type(c) for c in released.commands] == [OpenAisle]
