"""Every text of the screens exists in Chinese, and no translation is left over."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api.screens
from api.screens.language import CHINESE, ENGLISH, choose, language
from api.screens.rendering import environment

FOLDER = Path(api.screens.__file__).parent
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


def in_templates() -> Iterator[str]:
    templates = environment()
    for name in templates.list_templates():
        source = (FOLDER / "templates" / name).read_text(encoding="utf-8")
        for _, _, found in templates.extract_translations(source):  # type: ignore[attr-defined]
            # of a singular and a plural, the plural is the key: Chinese has one form
            texts = [found] if isinstance(found, str) else [text for text in found if text]
            yield texts[-1]


def in_python() -> Iterator[str]:
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_translation(node.func):
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                yield from (text for text in texts[-1:] if isinstance(text, str))


def _is_translation(function: ast.expr) -> bool:
    match function:
        case ast.Name(id="mark" | "t") | ast.Attribute(attr="t" | "language" | "count"):
            return True
        case _:
            return False


WANTED = {*in_templates(), *in_python()}
CHINESE_TEXTS = language(CHINESE).messages


def singulars() -> set[str]:
    """First of two marked forms: shown in English only."""
    return {text for text in WANTED if re.match(r"%\(num\)s (day|hour|minute|second) ago$", text)}


def test_texts_are_found_in_templates_and_in_python() -> None:
    assert {"Sign in", "Latest passages", "Left without authority"} <= WANTED


def test_every_text_is_translated() -> None:
    assert sorted(WANTED - singulars() - CHINESE_TEXTS.keys()) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(CHINESE_TEXTS.keys() - WANTED) == []


@pytest.mark.parametrize("english", sorted(CHINESE_TEXTS), ids=lambda text: str(text)[:30])
def test_a_translation_has_the_same_blanks_to_fill_in(english: str) -> None:
    blanks = sorted(PLACEHOLDER.findall(english))
    assert sorted(PLACEHOLDER.findall(CHINESE_TEXTS[english])) == blanks


def test_a_persons_own_choice_goes_before_everything_else() -> None:
    assert choose("en", "zh-CN", "zh-CN,zh;q=0.9", CHINESE).tag == ENGLISH
    assert choose(None, "en", "zh-CN,zh;q=0.9", CHINESE).tag == ENGLISH
    assert choose(None, None, "de, zh-TW;q=0.5, en;q=0.8", CHINESE).tag == ENGLISH
    assert choose(None, None, "zh-TW", ENGLISH).tag == CHINESE
    assert choose(None, "klingon", "*", CHINESE).tag == CHINESE
    assert choose(None, None, None, ENGLISH).tag == ENGLISH


def test_a_language_with_weight_zero_is_not_wanted() -> None:
    assert choose(None, None, "en;q=0, zh;q=0.1", ENGLISH).tag == CHINESE


def test_a_garbled_weight_is_no_wish() -> None:
    assert choose(None, None, "zh;q=much", ENGLISH).tag == ENGLISH


def test_english_counts_one_and_many() -> None:
    one, many = "%(num)s second ago", "%(num)s seconds ago"
    assert language(ENGLISH).count(one, many, 1) == "1 second ago"
    assert language(ENGLISH).count(one, many, 12) == "12 seconds ago"
    assert language(CHINESE).count(one, many, 1) == "1 秒前"
