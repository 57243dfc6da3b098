"""What a simulated reader can do, as it tells it (LLRP 1.0.1 section 9.2)."""

from dataclasses import dataclass

from drivers.llrp.wire import Parameter, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """A reader of no particular make; the defaults are those of a four-port fixed reader."""

    maker: int = 0
    """IANA enterprise number; 25882 speaks Impinj's extension, too."""
    antennas: int = 4
    inputs: int = 2
    outputs: int = 4
    speaks_1_1: bool = True
    holds_reports: bool = True
    access_specs: int = 8
    hops: bool = True
    """Else it works on fixed frequencies."""
    power_levels_dbm: tuple[float, ...] = tuple(10.0 + 0.25 * step for step in range(81))
    """By index, from 1."""
    modes: tuple[int, ...] = (0, 1, 2, 3, 1000)
    firmware: str = "simulated 1.0"
    reader_id: bytes = bytes.fromhex("020000000001")
    """Its MAC address."""


def capabilities(abilities: Abilities) -> tuple[Parameter, ...]:
    """What GET_READER_CAPABILITIES_RESPONSE carries after its status."""
    return (_general(abilities), _llrp(abilities), _regulatory(abilities), _air_protocol())


def _general(abilities: Abilities) -> Parameter:
    ports = range(1, abilities.antennas + 1)
    return parameter(
        "GeneralDeviceCapabilities",
        parameter("ReceiveSensitivityTableEntry", Index=1),
        parameter("GPIOCapabilities", NumGPIs=abilities.inputs, NumGPOs=abilities.outputs),
        *(parameter("PerAntennaAirProtocol", AntennaID=p, ProtocolID=b"\x01") for p in ports),
        MaxNumberOfAntennaSupported=abilities.antennas,
        HasUTCClockCapability=1,
        DeviceManufacturerName=abilities.maker,
        ReaderFirmwareVersion=abilities.firmware,
    )


def _llrp(abilities: Abilities) -> Parameter:
    return parameter(
        "LLRPCapabilities",
        SupportsEventAndReportHolding=int(abilities.holds_reports),
        MaxNumPriorityLevelsSupported=1,
        MaxNumROSpecs=1,
        MaxNumSpecsPerROSpec=1,
        MaxNumInventoryParameterSpecsPerAISpec=1,
        MaxNumAccessSpecs=abilities.access_specs,
        MaxNumOpSpecsPerAccessSpec=1,
    )


def _regulatory(abilities: Abilities) -> Parameter:
    levels = enumerate(abilities.power_levels_dbm, start=1)
    band = parameter(
        "UHFBandCapabilities",
        *(
            parameter("TransmitPowerLevelTableEntry", Index=i, TransmitPowerValue=round(100 * dbm))
            for i, dbm in levels
        ),
        _frequencies(abilities),
        parameter(
            "C1G2UHFRFModeTable",
            *(parameter("C1G2UHFRFModeTableEntry", ModeIdentifier=m) for m in abilities.modes),
        ),
    )
    return parameter("RegulatoryCapabilities", band, CountryCode=156)


def _frequencies(abilities: Abilities) -> Parameter:
    khz = (920625, 922125, 924375)
    if abilities.hops:
        table = parameter("FrequencyHopTable", HopTableID=1, Frequency=khz)
    else:
        table = parameter("FixedFrequencyTable", Frequency=khz)
    return parameter("FrequencyInformation", table, Hopping=int(abilities.hops))


def _air_protocol() -> Parameter:
    return parameter("C1G2LLRPCapabilities", MaxNumSelectFiltersPerQuery=2)
