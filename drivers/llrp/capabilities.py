"""What a reader says it can do (GET_READER_CAPABILITIES_RESPONSE, section 9.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.llrp.wire import Message, Parameter

IMPINJ = 25882
MAKERS = {IMPINJ: "Impinj", 161: "Zebra", 26554: "ThingMagic", 22695: "Alien"}
"""IANA enterprise numbers of common makers; others are shown by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The part of a reader's capabilities that a portal depends on."""

    maker: int
    """IANA enterprise number."""
    model: int
    firmware: str
    antennas: int
    outputs: int
    inputs: int
    holds_reports: bool
    """Whether it can keep events and reports while nobody is connected."""
    power_levels: Mapping[int, float]
    """dBm by index; empty when the reader does not say."""
    modes: tuple[int, ...]
    """The identifiers of its RF modes; empty when it does not say."""
    hop_table: int | None
    """The frequency hop table to name; ``None``: the reader works on fixed frequencies."""

    @property
    def detail(self) -> str:
        """Make, model and firmware, for people."""
        maker = MAKERS.get(self.maker, f"maker {self.maker}") if self.maker else "LLRP reader"
        model = f" model {self.model}" if self.model else ""
        return f"{maker}{model}, firmware {self.firmware or 'unknown'}"


def read_capabilities(response: Message) -> Capabilities:
    """What ``response`` says; parts the reader leaves out count as absent."""
    general = response.first("GeneralDeviceCapabilities")
    llrp = response.first("LLRPCapabilities")
    gpio = general.first("GPIOCapabilities") if general else None
    regulatory = response.first("RegulatoryCapabilities")
    band = regulatory.first("UHFBandCapabilities") if regulatory else None
    return Capabilities(
        maker=general.number("DeviceManufacturerName") if general else 0,
        model=general.number("ModelName") if general else 0,
        firmware=general.text("ReaderFirmwareVersion") if general else "",
        antennas=general.number("MaxNumberOfAntennaSupported") if general else 0,
        outputs=gpio.number("NumGPOs") if gpio else 0,
        inputs=gpio.number("NumGPIs") if gpio else 0,
        holds_reports=bool(llrp and llrp.number("SupportsEventAndReportHolding")),
        power_levels=_power_levels(band),
        modes=_modes(band),
        hop_table=_hop_table(band),
    )


def _power_levels(band: Parameter | None) -> Mapping[int, float]:
    entries = band.all("TransmitPowerLevelTableEntry") if band else ()
    return {entry.number("Index"): entry.number("TransmitPowerValue") / 100 for entry in entries}


def _modes(band: Parameter | None) -> tuple[int, ...]:
    tables = band.all("C1G2UHFRFModeTable") if band else ()
    return tuple(
        entry.number("ModeIdentifier")
        for table in tables
        for entry in table.all("C1G2UHFRFModeTableEntry")
    )


def _hop_table(band: Parameter | None) -> int | None:
    frequencies = band.first("FrequencyInformation") if band else None
    if frequencies is None or not frequencies.number("Hopping"):
        return None
    table = frequencies.first("FrequencyHopTable")
    return table.number("HopTableID") if table else None
