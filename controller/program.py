"""``smart-repository``: one program for every verb of every package.

It hands over by starting ``python -m PACKAGE``, so that no package imports another for it.
"""

import os
import sys

PACKAGES = {
    "controller": "the daemon that decides; catalogue import; checks",
    "api": "REST, live events and screens; accounts and keys",
    "drivers": "commissioning tools for single devices",
    "simulators": "simulated devices and the demo",
}
HOME_OF_VERB = {
    "run": "controller",
    "check": "controller",
    "import": "controller",
    "bind": "controller",
    "catalogue-runs": "controller",
    "harvest": "controller",
    "upgrade": "controller",
    "rebuild": "controller",
    "reconcile": "controller",
    "audit": "controller",
    "climate-metrics": "controller",
    "import-climate": "controller",
    "climate-report": "controller",
    "notify-test": "controller",
    "passages": "controller",
    "tune-door": "controller",
    "users": "api",
    "keys": "api",
    "openapi": "api",
    "probe": "drivers",
    "tune": "drivers",
    "decode": "drivers",
    "epc": "drivers",
    "record": "drivers",
    "replay": "drivers",
    "demo": "simulators",
    "serve": "simulators",
}


def _help() -> str:
    packages = "\n".join(f"  {name:<12}{text}" for name, text in PACKAGES.items())
    verbs = "\n".join(f"  {verb:<12}= {home} {verb}" for verb, home in HOME_OF_VERB.items())
    return (
        "usage: smart-repository PACKAGE VERB …, or smart-repository VERB …\n\n"
        f"packages:\n{packages}\n\nverbs:\n{verbs}\n\n"
        "smart-repository PACKAGE --help lists the verbs of one package."
    )


def main() -> None:
    """Hand over to the package that has the verb."""
    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help"}:
        sys.stdout.write(_help() + "\n")
        sys.exit(0 if words else 2)
    if words[0] in PACKAGES:
        package, rest = words[0], words[1:]
    elif words[0] in HOME_OF_VERB:
        package, rest = HOME_OF_VERB[words[0]], words
    else:
        sys.stderr.write(f"{words[0]!r} is neither a package nor a verb.\n\n{_help()}\n")
        sys.exit(2)
    os.execv(sys.executable, [sys.executable, "-m", package, *rest])  # noqa: S606 -- our own


if __name__ == "__main__":
    main()
