"""The messages that make a reader read as its profile says, fitted to what it can do.

Values only: which bytes go out when is the session's business.
"""

import struct
from collections.abc import Iterator, Mapping

from drivers.errors import Declined
from drivers.llrp.capabilities import IMPINJ, Capabilities
from drivers.llrp.profile import ReaderProfile, TransmitPower
from drivers.llrp.wire import ENUMERATIONS, Parameter, parameter

ROSPEC_ID = 1
GEN2 = 1
ALL = (0,)
"""Every antenna the reader has."""
READS_INPUTS = 9
"""Of GetReaderConfigRequestedData: GPIPortCurrentState."""
EVENTS = ("ROSpec_Event", "Reader_Exception_Event", "Antenna_Event", "Report_Buffer_Fill_Warning")
INPUT_EVENT = "GPI_Event"
UNKNOWN_STATE = 2
"""Of GPIPortState; it is the reader's to say."""
CUSTOM = 1023
SWITCHED_ON = struct.Struct(">HHIIH")
"""A custom parameter that holds one switch: type, length, maker, subtype, on."""
IMPINJ_CONTENT, IMPINJ_TID, IMPINJ_PHASE, IMPINJ_RSSI, IMPINJ_DOPPLER = 50, 51, 52, 53, 67
"""Subtypes of Impinj's parameters that say what a tag report shall hold."""


def configuration(can: Capabilities, keepalive_s: float) -> tuple[Parameter, ...]:
    """What SET_READER_CONFIG shall set: keepalives, the events we act on, holding."""
    types = {name: number for number, name in ENUMERATIONS["NotificationEventType"].items()}
    states = (
        parameter("EventNotificationState", EventType=types[name], NotificationState=1)
        for name in (*EVENTS, *((INPUT_EVENT,) if can.inputs else ()))
    )
    parts = [
        parameter("ReaderEventNotificationSpec", *states),
        parameter(
            "KeepaliveSpec", KeepaliveTriggerType=1, PeriodicTriggerValue=round(keepalive_s * 1000)
        ),
    ]
    parts += (
        parameter("GPIPortCurrentState", GPIPortNum=port, Config=1, State=UNKNOWN_STATE)
        for port in range(1, can.inputs + 1)
    )
    if can.holds_reports:
        parts.append(parameter("EventsAndReports", HoldEventsAndReportsUponReconnect=1))
    return tuple(parts)


def output_writes(states: Mapping[int, bool], profile: ReaderProfile) -> tuple[Parameter, ...]:
    """What SET_READER_CONFIG shall set so that outputs are on or off as ``states`` says."""
    high = {port: on != (port in profile.inverted_outputs) for port, on in states.items()}
    return tuple(
        parameter("GPOWriteData", GPOPortNumber=port, GPOData=int(high[port]))
        for port in sorted(high)
    )


def rospec(profile: ReaderProfile, can: Capabilities) -> Parameter:
    """One ROSpec that reads until stopped and starts when told (section 10).

    Raises:
        Declined: the profile asks for what this reader does not have.
    """
    missing = [p for p in (*profile.antennas, *profile.antenna_power) if p > can.antennas > 0]
    if missing:
        raise Declined(f"antenna {missing[0]} is asked for, the reader has {can.antennas}")
    inventory = parameter(
        "InventoryParameterSpec",
        *_antenna_configurations(profile, can),
        InventoryParameterSpecID=1,
        ProtocolID=GEN2,
    )
    return parameter(
        "ROSpec",
        parameter(
            "ROBoundarySpec", parameter("ROSpecStartTrigger"), parameter("ROSpecStopTrigger")
        ),
        parameter(
            "AISpec", parameter("AISpecStopTrigger"), inventory, AntennaIDs=profile.antennas or ALL
        ),
        _report(profile, can),
        ROSpecID=ROSPEC_ID,
    )


def _report(profile: ReaderProfile, can: Capabilities) -> Parameter:
    memory = (parameter("C1G2EPCMemorySelector", EnablePCBits=1),) if profile.report_pc else ()
    content = parameter(
        "TagReportContentSelector",
        *memory,
        EnableAntennaID=1,
        EnablePeakRSSI=1,
        EnableFirstSeenTimestamp=int(profile.report_first_seen),
        EnableLastSeenTimestamp=int(profile.report_last_seen),
        EnableTagSeenCount=int(profile.report_seen_count),
    )
    own = (_impinj_content(profile),) if can.maker == IMPINJ else ()
    return parameter("ROReportSpec", content, *own, ROReportTrigger=1, N=profile.report_every_tags)


def _impinj_content(profile: ReaderProfile) -> Parameter:
    """RSSI in hundredths of a dBm always, the rest as the profile says."""
    wanted = (
        (IMPINJ_TID, profile.impinj_tid),
        (IMPINJ_PHASE, profile.impinj_phase),
        (IMPINJ_RSSI, True),
        (IMPINJ_DOPPLER, profile.impinj_doppler),
    )
    switches = (SWITCHED_ON.pack(CUSTOM, 14, IMPINJ, subtype, 1) for subtype, on in wanted if on)
    return parameter(
        "Custom",
        VendorIdentifier=IMPINJ,
        ParameterSubtype=IMPINJ_CONTENT,
        Data=b"".join(switches),
    )


def _antenna_configurations(profile: ReaderProfile, can: Capabilities) -> Iterator[Parameter]:
    """One for all antennas, unless they differ."""
    command = _inventory_command(profile, can)
    each = profile.antennas or tuple(range(1, can.antennas + 1))
    for port in each if profile.antenna_power else ALL:
        power = profile.antenna_power.get(port, profile.power)
        transmitter = _transmitter(power, can)
        inner = (command,) if transmitter is None else (transmitter, command)
        yield parameter("AntennaConfiguration", *inner, AntennaID=port)


def _inventory_command(profile: ReaderProfile, can: Capabilities) -> Parameter:
    singulation = parameter(
        "C1G2SingulationControl", Session=profile.session, TagPopulation=profile.tag_population
    )
    mode = profile.mode_index
    if mode is None:
        return parameter("C1G2InventoryCommand", singulation)
    if can.modes and mode not in can.modes:
        offered = ", ".join(map(str, can.modes))
        raise Declined(f"RF mode {mode} is asked for, the reader has {offered}")
    control = parameter("C1G2RFControl", ModeIndex=mode, Tari=profile.tari_ns)
    return parameter("C1G2InventoryCommand", control, singulation)


def _transmitter(power: TransmitPower, can: Capabilities) -> Parameter | None:
    index = power.index
    if power.dbm is not None:
        index = _power_index(power.dbm, can.power_levels)
    if index is None:
        return None
    if can.power_levels and index not in can.power_levels:
        raise Declined(f"transmit power index {index} is asked for, the reader has no such level")
    hops = can.hop_table is not None
    return parameter(
        "RFTransmitter",
        HopTableID=can.hop_table or 0,
        ChannelIndex=0 if hops else 1,
        TransmitPower=index,
    )


def _power_index(dbm: float, levels: Mapping[int, float]) -> int:
    """The strongest level not above ``dbm``: never louder than allowed."""
    allowed = [(level, index) for index, level in levels.items() if level <= dbm]
    if not allowed:
        weakest = min(levels.values(), default="unknown")
        raise Declined(f"{dbm} dBm are asked for, the weakest the reader has is {weakest}")
    return max(allowed)[1]
