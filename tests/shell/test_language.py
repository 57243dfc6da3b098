"""Every text of reports and notifications has its Chinese, and nothing is translated in vain."""

import ast
from collections.abc import Iterator
from pathlib import Path

import controller
from controller.domain.model import AlarmKind
from controller.language import words
from controller.reporting.naming import KINDS

FOLDERS = ("reporting", "notifying")
CALLS = frozenset({"t", "_t", "text", "mark"})


def _texts() -> Iterator[str]:
    root = Path(controller.__file__).parent
    for folder in FOLDERS:
        for file in sorted((root / folder).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and _name(node) in CALLS:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def test_every_text_has_its_chinese_and_nothing_is_translated_in_vain() -> None:
    assert set(_texts()) == set(words("zh-CN").messages)


def test_a_text_and_its_chinese_name_the_same_facts() -> None:
    for english, chinese in words("zh-CN").messages.items():
        names = {part.split(")")[0] for part in english.split("%(")[1:]}
        assert {part.split(")")[0] for part in chinese.split("%(")[1:]} == names, english


def test_every_kind_of_alarm_has_a_name() -> None:
    assert set(AlarmKind) <= set(KINDS)


def test_an_unknown_language_is_english() -> None:
    assert words("de").tag == "en"
