"""What a machine's fault code means, in the words of its profile."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from api.screens.language import Language
from drivers.profiles import Fault, ProfileError, find_profile, load_profile


def fault_text(profile: str, beside: Path | None, code: int, t: Language) -> str:
    """The words for ``code`` in the reader's language; the number alone where there are none."""
    if code == 0:
        return ""
    fault = _faults(profile, beside).get(code)
    if fault is None:
        return t("fault code %(code)s", code=code)
    return fault.texts["zh" if t.tag.startswith("zh") else "en"]


@lru_cache(maxsize=64)
def _faults(profile: str, beside: Path | None) -> Mapping[int, Fault]:
    """A profile that cannot be read keeps the controller from starting, not a page from showing."""
    try:
        return load_profile(find_profile(profile, beside)).faults
    except ProfileError:
        return {}
