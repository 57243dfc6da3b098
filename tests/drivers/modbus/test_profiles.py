"""The loader takes what works and refuses the rest with file, key and reason."""

from pathlib import Path

import pytest

from drivers.profiles import ProfileError, find_profile, load_profile

SHELVING = "shelving/mobile-shelving.toml"
CAROUSEL = "shelving/rotary-carousel.toml"
SHIPPED = (
    SHELVING,
    "shelving/vertical-lift.toml",
    "shelving/stacker-crane.toml",
    CAROUSEL,
    "climate/xy-md02.toml",
    "climate/renke-rs-ws.toml",
    "climate/xy-md02-hundredths.toml",
    "climate/jxbs-3001-th.toml",
    "climate/sonbest-sm7820.toml",
    "climate/r444a01.toml",
    "climate/huawei-02312pbl.toml",
)


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
    "verb",
    ["reset_emergency_stop", "bypass_light_curtain", "Mute", "overload_override", "unlock_aisle"],
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
        ('class = "mobile_shelving"', 'class = "shelving"', "'shelving' is not one of"),
        ("[command.verb.open_aisle]", "[command.verb.Open]", "named in lower case"),
        ("code = 2", "code = 1", "two verbs have the same code"),
        ("has ventilated", "has spread", "status cannot say that"),
        ('confirm = "open_aisle == aisle"', "confirm = []", "nobody can confirm"),
        ('max = "columns-1" } }', 'max = "rows" } }', "neither a number nor a parameter"),
        ('name = "ack_seq"', 'name = "ack_sequence"', "lacks the point 'ack_seq'"),
        ('1 = "local"', '1 = "manual"', "'manual' is not one of"),
        ("moving = 2, ", "", "nothing says whether it is moving"),
        ('name = "stop_request"', 'name = "reset_request"', "nothing named reset may be written"),
        ("timeout_ms = 2000", "timeout_ms = 20000", "outside (500.0, 10000.0)"),
        ("value = 1", "value = 70000", "does not fit u16"),
        ("stale_after_ms = 1500", "stale_after_ms = 100", "always stale"),
        ('dtype = "u32"', 'dtype = "f32"', "the bits of a f32 cannot be named"),
        ('unit = "mm"', "length = 3", "a string has a length"),
        (
            "[link]",
            '[link]\nforbid_read = [{ kind = "input", address = 21, count = 1 }]',
            "forbidden",
        ),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, find: str, replace: str, reason: str) -> None:
    assert reason in refused(tmp_path, find, replace)


@pytest.mark.parametrize(
    ("find", "replace", "reason"),
    [
        ("write = { wanted_shelf", "writes = { wanted_shelf", "a verb says what to write"),
        ("start = 1 }", "lamp = 1 }", "must be contiguous"),
        ("start = 1 }", "shelf = 1 }", "not a writable"),
        ('= "shelf", start', '= "tray", start', "neither a number nor an argument"),
        ('kind = "discrete"', 'kind = "discrete"\ndtype = "u16"', "a discrete is no u16"),
        ("address = 3\naccess", "address = 3\nmask = 1\naccess", "only a whole word"),
        ('kind = "coil"\naddress = 3', 'kind = "discrete"\naddress = 3', "cannot be written"),
        ('inverted = ["estop_active"]', 'inverted = ["stop"]', "'stop' is not among its bits"),
        ("max_gap = 0 ", 'max_gap = "wide" ', "neither"),
        ('handshake = "status"', 'handshake = "none"', "'none' is not one of sequence, status"),
        ("[command.stop]", "[command.halt]", "what can be moved must be stoppable"),
    ],
)
def test_a_device_without_handshake_is_held_to_its_rules(
    tmp_path: Path, find: str, replace: str, reason: str
) -> None:
    assert reason in refused(tmp_path, find, replace, CAROUSEL)


def test_a_profile_says_how_each_wish_is_proved() -> None:
    lift = load_profile(find_profile("shelving/vertical-lift.toml"), bays=2, trays=40)
    assert lift.command is not None
    fetch, store = (lift.command.verbs[name] for name in ("fetch_tray", "store_tray"))
    assert [(arg.name, arg.least, arg.most) for arg in fetch.args] == [
        ("tray", 1, 40),
        ("bay", 1, 2),
    ]
    (proof,) = fetch.confirm
    assert (proof.point.name, proof.index, proof.relation, proof.value) == (
        "tray_at_bay",
        "bay",
        "==",
        "tray",
    )
    assert fetch.idempotent
    assert not store.idempotent


def test_fault_texts_speak_both_languages() -> None:
    for name in SHIPPED:
        for fault in load_profile(find_profile(name)).faults.values():
            assert fault.texts["en"].isascii()
            assert not fault.texts["zh"].isascii()


def test_a_missing_file_is_a_profile_error(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path / "absent.toml")
