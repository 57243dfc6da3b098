"""Spoilt inputs for every codec: how many a second, and that nothing but ``Garbled`` comes out.

A short run; ``python -m tests.fuzz.fuzz_codecs --inputs 10000000`` is the long one.
"""

import sys

from tests.fuzz.fuzz_codecs import main

INPUTS = 1_000_000

if __name__ == "__main__":
    sys.exit(main(["--inputs", str(INPUTS)]))
