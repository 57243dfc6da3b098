"""The loader takes what works and refuses the rest with file, key and reason."""

from pathlib import Path

import pytest

from drivers.profiles import ProfileError, find_profile, load_profile

SHELVING = "shelving/mobile-shelving.toml"
SHIPPED = (SHELVING, "climate/xy-md02.toml", "climate/renke-rs-ws.toml")


def refused(tmp_path: Path, find: str, replace: str, name: str = SHELVING) -> str:
    """What the loader says about a shipped profile with one thing changed."""
    text = find_profile(name).read_text(encoding="utf-8")
    assert find in text
    changed = tmp_path / "changed.toml"
    changed.write_text(text.replace(find, replace, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(changed)
    assert str(changed) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_profile_that_is_shipped_loads(name: str) -> None:
    assert load_profile(find_profile(name)).groups


def test_every_toml_of_registers_is_among_them() -> None:
    folder = find_profile(SHELVING).parents[1]
    found = {
        f"{p.parent.name}/{p.name}"
        for k in ("shelving", "climate")
        for p in (folder / k).glob("*.toml")
    }
    assert found == set(SHIPPED)


def test_a_profile_beside_the_site_file_is_preferred(tmp_path: Path) -> None:
    (tmp_path / "climate").mkdir()
    own = tmp_path / "climate" / "xy-md02.toml"
    own.write_text("")
    assert find_profile("climate/xy-md02.toml", tmp_path) == own
    assert find_profile(SHELVING, tmp_path) != tmp_path / SHELVING


def test_a_profile_that_is_nowhere_is_named() -> None:
    with pytest.raises(ProfileError, match=r"no-such\.toml: no such profile"):
        find_profile("no-such.toml")


def test_the_columns_are_filled_in_from_the_site() -> None:
    profile = load_profile(find_profile(SHELVING), columns=12)
    assert profile.points["column_position"].count == 12
    assert profile.points["occupied_aisles"].members == 11


@pytest.mark.parametrize("columns", [1, 34])
def test_columns_outside_the_profiles_bounds_are_refused(columns: int) -> None:
    with pytest.raises(ProfileError, match=r"columns.*outside 2\.\.33"):
        load_profile(find_profile(SHELVING), columns=columns)


def test_an_unknown_key_is_refused_with_its_path(tmp_path: Path) -> None:
    assert "point[0].adress: this key is not known" in refused(
        tmp_path, "address = 0\n", "address = 0\nadress = 1\n"
    )
    assert "nonsense: this key is not known" in refused(
        tmp_path, "schema = 1", "schema = 1\nnonsense = 2"
    )


@pytest.mark.parametrize(
    "verb", ["reset_emergency_stop", "bypass_light_curtain", "Mute", "overload_override"]
)
def test_a_verb_that_touches_safety_is_refused(tmp_path: Path, verb: str) -> None:
    said = refused(tmp_path, "[command.verb.open_aisle]", f"[command.verb.{verb}]")
    assert "safety is not ours to command" in said


def test_a_safety_point_may_not_be_writable(tmp_path: Path) -> None:
    said = refused(tmp_path, 'name = "stop_request"', 'name = "stop_request"\nsafety = true')
    assert "a safety point is read, never written" in said


@pytest.mark.parametrize(
    ("find", "replace", "reason"),
    [
        ("schema = 1", "schema = 2", "2 is not one of 1"),
        ('kind = "input"', 'kind = "inputs"', "'inputs' is not one of"),
        ('group = "identity"', 'group = "identify"', "no group 'identify'"),
        ("address = 16", "address = 70000", "outside 0..65535"),
        ('name = "map_version"', 'name = "map_magic"', "used twice"),
        ("max_read_registers = 125", "max_read_registers = 20", "do not fit in one request"),
        ("max_write_registers = 16", "max_write_registers = 5", "longer than the device accepts"),
        ('"cmd_check", "cmd_seq"]', '"cmd_seq", "cmd_check"]', "must be contiguous"),
        ('confirm = "open_aisle == aisle"', 'confirm = "aisle"', "point == argument"),
        ('point = "stop_request"', 'point = "open_aisle"', "not a writable holding register"),
        ("timeout_ms = 2000", "timeout_ms = 700", "at least twice period_ms"),
        ("fault = 15", "fault = 16", "has no bit 16"),
        ("ack_timeout_ms = 1000", "", "this key is missing"),
        ('en = "drive overload", ', "", "faults.1.en: this key is missing"),
        ("[[point]]", "[[point", "not TOML"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, find: str, replace: str, reason: str) -> None:
    assert reason in refused(tmp_path, find, replace)


def test_a_missing_file_is_a_profile_error(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path / "absent.toml")
