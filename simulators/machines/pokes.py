"""What a tester may do to something simulated: one vocabulary for scenario, command line and HTTP.

A poke is a method marked with ``@poke``; its name, its parameters and its docstring are what
testers write and read.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, get_args

P = ParamSpec("P")
R = TypeVar("R")
_MARK = "__poke__"


class NotAPoke(ValueError):
    """What was asked for cannot be done to this; the message says what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poke:
    """One thing that can be done."""

    name: str
    says: str
    needs: Mapping[str, type]
    """The arguments that must be given, and what they are."""
    takes: Mapping[str, type]
    """Those that may be given."""
    do: Callable[..., object]


def poke(method: Callable[P, R]) -> Callable[P, R]:
    """Mark a method as something a tester may do."""
    setattr(method, _MARK, True)
    return method


def pokes_of(*owners: object) -> dict[str, Poke]:
    """Everything that can be done to these, by name."""
    found: dict[str, Poke] = {}
    for owner in owners:
        for name, method in inspect.getmembers(owner, inspect.ismethod):
            if hasattr(method, _MARK):
                found[name] = _poke(name, method)
    return found


def perform(pokes: Mapping[str, Poke], name: str, arguments: Mapping[str, Any]) -> None:
    """Do it.

    Raises:
        NotAPoke: there is no such poke here, or its arguments are wrong.
    """
    wanted = pokes.get(name)
    if wanted is None:
        raise NotAPoke(f"{name!r} is none of {', '.join(sorted(pokes))}")
    known = {**wanted.needs, **wanted.takes}
    for key in arguments:
        if key not in known:
            raise NotAPoke(f"{name}: {key}: it takes {', '.join(known) or 'nothing'}")
    for key in wanted.needs:
        if key not in arguments:
            raise NotAPoke(f"{name}: {key} is missing")
    given = {key: _typed(name, key, known[key], value) for key, value in arguments.items()}
    try:
        wanted.do(**given)
    except ValueError as error:
        raise NotAPoke(f"{name}: {error}") from error


def vocabulary(*kinds: type) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Every poke that some of these classes know: the arguments it needs, and all it may have."""
    words: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for kind in kinds:
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not hasattr(method, _MARK):
                continue
            all_of = dict(inspect.signature(method).parameters)
            del all_of["self"]
            needed = {k for k, p in all_of.items() if p.default is inspect.Parameter.empty}
            needs, takes = words.get(name, (frozenset(needed), frozenset()))
            words[name] = needs & needed, takes | set(all_of)
    return words


def _poke(name: str, method: Callable[..., object]) -> Poke:
    needs: dict[str, type] = {}
    takes: dict[str, type] = {}
    for key, parameter in inspect.signature(method, eval_str=True).parameters.items():
        kinds = needs if parameter.default is inspect.Parameter.empty else takes
        kinds[key] = (get_args(parameter.annotation) or (parameter.annotation,))[0]
    says = (inspect.getdoc(method) or "").split("\n\n", 1)[0].replace("\n", " ")
    return Poke(name=name, says=says, needs=needs, takes=takes, do=method)


def _typed(name: str, key: str, kind: type, value: Any) -> Any:
    """``value`` as a ``kind``, from a text as well as from JSON or TOML; 3.5 is no whole number."""
    try:
        if isinstance(value, bool):
            raise ValueError
        if kind is int:
            return int(value, 0) if isinstance(value, str) else _whole(value)
        return kind(value)
    except (TypeError, ValueError) as error:
        words = {int: "a whole number", float: "a number", str: "a word"}[kind]
        raise NotAPoke(f"{name}: {key} = {value!r} is not {words}") from error


def _whole(value: Any) -> int:
    if int(value) != value:
        raise ValueError
    return int(value)
