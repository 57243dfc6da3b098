"""The fuzz run in small: it is green today, and it would notice if it were not."""

from random import Random

import pytest

from drivers.errors import Garbled
from tests.fuzz.fuzz_codecs import Escaped, fuzz, fuzz_all
from tests.fuzz.mutation import LONGEST, MUTATIONS, Mutation, spoilt
from tests.fuzz.targets import Target, targets

FEW = 16_000


def test_nothing_but_garbled_comes_out_of_any_codec() -> None:
    results = fuzz_all(FEW, 2, lambda _name, _found: None)
    assert sum(found.inputs for found in results.values()) >= FEW
    # Inputs that nobody understands any more would test nothing but the first check.
    assert all(found.understood for found in results.values())


@pytest.mark.parametrize("name", list(targets()))
def test_every_codec_understands_its_own_seeds(name: str) -> None:
    target = targets()[name]
    seeds = target.seeds()
    assert sum(map(target.take, seeds)) >= len(seeds) / 10


def test_an_exception_that_escapes_ends_the_run_with_its_input() -> None:
    def careless(data: bytes) -> bool:
        return data[3] > 0

    with pytest.raises(Escaped, match="careless: ") as escaped:
        fuzz("careless", Target(lambda: [b"abcdef"], careless), 1_000, 1)
    data = bytes.fromhex(str(escaped.value).removeprefix("careless: "))
    assert isinstance(escaped.value.__cause__, IndexError)
    with pytest.raises(IndexError):
        careless(data)


def test_garbled_raised_past_a_target_is_noticed_as_well() -> None:
    def leaking(_data: bytes) -> bool:
        raise Garbled("not caught")

    with pytest.raises(Escaped):
        fuzz("leaking", Target(lambda: [b"x"], leaking), 1, 1)


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, second = Random(7), Random(7)
    seeds = [b"abc", b"defgh"]
    assert [spoilt(seeds, first) for _ in range(200)] == [spoilt(seeds, second) for _ in range(200)]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_each_mutation_changes_something(mutation: Mutation) -> None:
    chance, changed = Random(3), 0
    for _ in range(100):
        data = bytearray(range(40))
        mutation(data, chance)
        changed += bytes(data) != bytes(range(40))
    assert changed > 80


def test_inputs_stay_short() -> None:
    chance = Random(1)
    assert all(len(spoilt([bytes(5000)], chance)) <= LONGEST for _ in range(100))
