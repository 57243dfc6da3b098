"""Single formulas against values published or computed elsewhere, and what must hold of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.preservation.ageing import (
    VARNISH_J_MOL,
    HarmonicMean,
    isoperm,
    lifetime_multiplier,
    preservation_index_years,
)
from controller.domain.preservation.moisture import paper_moisture_percent, wood_moisture_percent
from controller.domain.preservation.mould import (
    MouldIndex,
    critical_humidity_percent,
    germination_limit_percent,
    highest_index,
    weeks_to_microscopic,
    weeks_to_visible,
)
from controller.domain.preservation.psychrometrics import (
    absolute_humidity_g_m3,
    dew_point_c,
    frost_point_c,
    mixing_ratio_g_kg,
    surface_humidity_percent,
)

WARMTH = st.floats(-20, 50)
DAMP = st.floats(5, 99)

MOIST_AIR = [
    (20, 50, 9.2552, 7.2425, 8.6206),
    (18, 50, 7.4146, 6.3847, 7.6622),
    (22, 55, 12.5406, 9.0335, 10.6492),
    (14, 45, 2.2404, 4.4381, 5.4171),
    (24, 60, 15.7540, 11.1595, 13.0231),
    (30, 80, 26.1688, 21.5095, 24.2088),
    (5, 40, -7.5047, 2.1478, 2.7164),
]
"""°C, %, dew point, mixing ratio, absolute humidity: Sonntag 1990."""
OTHER_DEW_POINTS = [(20, 50, 9.2724), (18, 50, 7.4333), (24, 60, 15.7629), (30, 80, 26.1686)]
"""By psychrolib 2.5.0, which solves another equation."""
MOISTURE = [
    (20, 50, 9.271141, 7.282443),
    (18, 50, 9.319736, 7.443349),
    (14, 45, 8.602948, 7.287904),
    (24, 60, 10.867725, 7.903111),
    (4, 40, 7.906692, 7.577682),
]
INDEX_YEARS = [
    (20, 50, 44.624148, 44),
    (18, 50, 57.262113, 56),
    (14, 45, 109.652612, 108),
    (24, 60, 21.064203, 21),
    (4, 40, 490.490151, 482),
    (20, 70, 26.03, 26),
    (14, 77, 44.61, 45),
]
"""The last column is the institute's published table."""
LIFETIMES = [
    (20, 50, 1),
    (15, 50, 2.037968),
    (25, 50, 0.502543),
    (10, 50, 4.259069),
    (20, 25, 2.462289),
    (20, 60, 0.788977),
    (14, 45, 2.702799),
    (24, 60, 0.454149),
]
ISOPERMS = [(18, 50, 1.3521), (14, 45, 2.7810), (24, 60, 0.4614), (20, 45, 1.1111), (4, 40, 15.751)]


@pytest.mark.parametrize(("t", "rh", "dew", "ratio", "absolute"), MOIST_AIR)
def test_moist_air_agrees_with_sonntag(
    t: float, rh: float, dew: float, ratio: float, absolute: float
) -> None:
    assert dew_point_c(t, rh) == pytest.approx(dew, abs=1e-4)
    assert mixing_ratio_g_kg(t, rh) == pytest.approx(ratio, abs=1e-4)
    assert absolute_humidity_g_m3(t, rh) == pytest.approx(absolute, abs=1e-4)


@pytest.mark.parametrize(("t", "rh", "dew"), OTHER_DEW_POINTS)
def test_dew_points_agree_with_another_equation(t: float, rh: float, dew: float) -> None:
    assert dew_point_c(t, rh) == pytest.approx(dew, abs=0.039)


def test_below_zero_dew_point_and_frost_point_differ() -> None:
    assert dew_point_c(5, 40) == pytest.approx(-7.5047, abs=1e-4)
    assert frost_point_c(5, 40) == pytest.approx(-6.6460, abs=1e-4)


def test_air_is_damper_at_a_cold_wall_and_condenses_at_last() -> None:
    assert surface_humidity_percent(18, 55, 10) == pytest.approx(92.37, abs=0.005)
    assert surface_humidity_percent(18, 55, 5) == 100


@pytest.mark.parametrize(("t", "rh", "wood", "paper"), MOISTURE)
def test_wood_and_paper_hold_the_published_moisture(
    t: float, rh: float, wood: float, paper: float
) -> None:
    assert wood_moisture_percent(t, rh) == pytest.approx(wood, abs=1e-6)
    assert paper_moisture_percent(t, rh) == pytest.approx(paper, abs=1e-6)


@pytest.mark.parametrize(("t", "rh", "years", "table"), INDEX_YEARS)
def test_the_preservation_index_is_the_formula_and_near_the_table(
    t: float, rh: float, years: float, table: int
) -> None:
    assert preservation_index_years(t, rh) == pytest.approx(years, rel=2e-4)
    assert preservation_index_years(t, rh) == pytest.approx(table, rel=0.06)


def test_outside_its_range_the_index_is_that_of_the_nearest_climate_inside() -> None:
    assert preservation_index_years(70, 2) == preservation_index_years(65, 6)
    assert preservation_index_years(-40, 99) == preservation_index_years(-23, 95)


@pytest.mark.parametrize(("t", "rh", "times"), LIFETIMES)
def test_colder_and_drier_paper_lives_longer(t: float, rh: float, times: float) -> None:
    assert lifetime_multiplier(t, rh) == pytest.approx(times, abs=1e-6)


def test_varnish_ages_with_another_energy() -> None:
    assert lifetime_multiplier(15, 50, VARNISH_J_MOL) == pytest.approx(1.646032, abs=1e-6)


@pytest.mark.parametrize(("t", "rh", "times"), ISOPERMS)
def test_isoperms_agree_with_sebera(t: float, rh: float, times: float) -> None:
    assert isoperm(t, rh) == pytest.approx(times, abs=1e-4)


def test_dry_air_has_no_rate_of_ageing() -> None:
    assert lifetime_multiplier(20, 0) == isoperm(20, 0) == float("inf")


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e3)), min_size=1, max_size=20))
def test_a_harmonic_mean_is_never_above_the_arithmetic_one(
    spells: list[tuple[float, float]],
) -> None:
    mean = HarmonicMean()
    for duration_s, value in spells:
        mean.add(duration_s, value)
    arithmetic = sum(d * v for d, v in spells) / sum(d for d, _ in spells)
    assert mean.mean is not None
    assert mean.mean <= arithmetic * (1 + 1e-9)


@pytest.mark.parametrize(("hours", "years"), [((1, 1, 1), 37.973238), ((6, 12, 6), 31.626326)])
def test_twpi_weighs_by_time(hours: tuple[int, ...], years: float) -> None:
    mean = HarmonicMean()
    for duration, (t, rh) in zip(hours, [(20, 50), (24, 60), (14, 45)], strict=True):
        mean.add(duration, preservation_index_years(t, rh))
    assert mean.mean == pytest.approx(years, abs=1e-6)


def test_mould_needs_the_published_humidity_and_time() -> None:
    limits = [critical_humidity_percent(t) for t in (5, 10, 15, 20, 25)]
    assert limits == pytest.approx([88.0162, 82.0300, 80.0388, 80.0400, 80], abs=1e-4)
    weeks = [
        (weeks_to_microscopic(t, rh), weeks_to_visible(t, rh)) for t, rh in ((20, 90), (22, 97))
    ]
    assert weeks[0] == pytest.approx((4.2019, 7.7336), abs=1e-4)
    assert weeks[1] == pytest.approx((1.3904, 2.7796), abs=1e-4)
    assert highest_index(20, 90) == pytest.approx(3.9950, abs=1e-4)
    assert highest_index(25, 85) == pytest.approx(2.6250, abs=1e-4)
    germs = [germination_limit_percent(t) for t in (5, 14, 20, 30)]
    assert germs == pytest.approx([88.0104, 78.4001, 75.6188, 74.163], abs=1e-4)


@pytest.mark.parametrize(
    ("days", "t", "rh", "index"), [(14, 22, 97, 1.87576), (60, 25, 85, 1.17477)]
)
def test_mould_grows_as_published(days: int, t: float, rh: float, index: float) -> None:
    mould = MouldIndex()
    mould.advance(days * 24, t, rh)
    assert mould.index == pytest.approx(index, abs=1e-5)


def test_mould_fades_fast_then_rests_then_fades_slowly_and_is_remembered() -> None:
    mould = MouldIndex(index=2.0, highest=2.0)
    levels = []
    for _ in range(48):
        mould.advance(1, 20, 50)
        levels.append(mould.index)
    assert levels[5] == pytest.approx(2 - 0.032 / 4)
    assert levels[23] == levels[5]
    assert levels[47] == pytest.approx(2 - 0.032 / 4 - 0.016)
    assert mould.highest == 2.0


@given(st.lists(st.tuples(WARMTH, DAMP), max_size=40))
def test_the_mould_index_stays_between_nothing_and_covered(
    climate: list[tuple[float, float]],
) -> None:
    mould = MouldIndex()
    for t, rh in climate:
        mould.advance(24, t, rh)
        assert 0 <= mould.index <= 6


@given(WARMTH, DAMP)
def test_the_dew_point_is_where_the_same_air_is_saturated(t: float, rh: float) -> None:
    point = dew_point_c(t, rh)
    assert point <= t
    assert surface_humidity_percent(t, rh, point) == pytest.approx(100)
