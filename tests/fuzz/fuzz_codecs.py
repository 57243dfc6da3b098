"""``python -m tests.fuzz.fuzz_codecs [--inputs N] [--seed S]``: spoilt inputs for every codec.

Only ``Garbled`` may come out of a codec, and it must keep its promises. The first input that
brings anything else is printed in hexadecimal, with the seed that makes it again.
"""

import argparse
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from time import perf_counter

from tests.fuzz.mutation import spoilt
from tests.fuzz.targets import Target, targets

INPUTS = 1_000_000
MEMORY_BYTES = 1 << 30
"""Of address space: a codec that takes more than it may dies of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one target made of its inputs."""

    inputs: int
    understood: int
    seconds: float
    slowest_s: float


class Escaped(Exception):
    """Something else than ``Garbled`` came out."""

    def __init__(self, target: str, data: bytes) -> None:
        super().__init__(f"{target}: {data.hex()}")


def fuzz(name: str, target: Target, inputs: int, seed: int) -> Found:
    """Give ``target`` so many spoilt inputs.

    Raises:
        Escaped: with the input, and what came out as its cause.
    """
    chance, seeds = Random(f"{seed} {name}"), target.seeds()
    understood, slowest, began = 0, 0.0, perf_counter()
    for _ in range(inputs):
        data = spoilt(seeds, chance)
        before = perf_counter()
        try:
            understood += target.take(data)
        except Exception as error:
            raise Escaped(name, data) from error
        slowest = max(slowest, perf_counter() - before)
    return Found(
        inputs=inputs,
        understood=understood,
        seconds=perf_counter() - began,
        slowest_s=slowest,
    )


def fuzz_all(inputs: int, seed: int, show: Callable[[str, Found], None]) -> Mapping[str, Found]:
    """Share ``inputs`` out evenly over all codecs; show each result as it comes."""
    all_targets = targets()
    each = -(-inputs // len(all_targets))
    results = {}
    for name, target in all_targets.items():
        results[name] = fuzz(name, target, each, seed)
        show(name, results[name])
    return results


def peak_mib() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show_line(name: str, found: Found) -> None:
    """Print one line of the table."""
    print(
        f"{name:<18} {found.inputs:>10,} inputs {found.inputs / found.seconds:>10,.0f} /s "
        f"{100 * found.understood / found.inputs:>5.1f} % understood, "
        f"slowest {1000 * found.slowest_s:,.1f} ms",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """Run, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    before, began = peak_mib(), perf_counter()
    try:
        results = fuzz_all(wanted.inputs, wanted.seed, show_line)
    except Escaped as escaped:
        traceback.print_exception(escaped.__cause__)
        print(f"escaped with --seed {wanted.seed}: {escaped}", file=sys.stderr)
        return 1
    total, seconds = sum(found.inputs for found in results.values()), perf_counter() - began
    print(
        f"{total:,} inputs in {seconds:,.0f} s, {total / seconds:,.0f} /s; nothing but Garbled "
        f"came out; peak memory {peak_mib():,.0f} MiB, {before:,.0f} MiB before the first",
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
