"""Every parameter of LLRP 1.0.1 and 1.1: number, section, name, fields.

Numbers below 128 are encoded as type-value (one octet of head), the others as type-length-value.
Where 1.1 gave a meaning to bits that 1.0.1 reserves, the meaning of 1.1 stands here.
"""

from drivers.llrp.wire.schema import Table

PARAMETERS = Table("""\
1 16.2.7.3.6 AntennaID  AntennaID:u16
2 16.2.7.3.9 FirstSeenTimestampUTC  Microseconds:u64
3 16.2.7.3.10 FirstSeenTimestampUptime  Microseconds:u64
4 16.2.7.3.11 LastSeenTimestampUTC  Microseconds:u64
5 16.2.7.3.12 LastSeenTimestampUptime  Microseconds:u64
6 16.2.7.3.7 PeakRSSI  PeakRSSI:s8
7 16.2.7.3.8 ChannelIndex  ChannelIndex:u16
8 16.2.7.3.13 TagSeenCount  TagCount:u16
9 16.2.7.3.3 ROSpecID  ROSpecID:u32
10 16.2.7.3.5 InventoryParameterSpecID  InventoryParameterSpecID:u16
11 16.3.1.5.3 C1G2_CRC  CRC:u16
12 16.3.1.5.2 C1G2_PC  PC_Bits:u16
13 16.2.7.3.2 EPC_96  EPC:bytes12
14 16.2.7.3.4 SpecIndex  SpecIndex:u16
15 1.1 ClientRequestOpSpecResult  OpSpecID:u16
16 16.2.7.3.15 AccessSpecID  AccessSpecID:u32
17 16.2.7.6.6.1 OpSpecID  OpSpecID:u16
18 16.3.1.5.4 C1G2SingulationDetails  NumCollisionSlots:u16 NumEmptySlots:u16
19 1.1 C1G2_XPCW1  XPC_W1:u16
20 1.1 C1G2_XPCW2  XPC_W2:u16
128 16.2.2.1 UTCTimestamp  Microseconds:u64
129 16.2.2.2 Uptime  Microseconds:u64
137 16.2.3.1 GeneralDeviceCapabilities  MaxNumberOfAntennaSupported:u16 CanSetAntennaProperties:u1
    HasUTCClockCapability:u1 -:14 DeviceManufacturerName:u32 ModelName:u32
    ReaderFirmwareVersion:utf8v
139 16.2.3.1.1 ReceiveSensitivityTableEntry  Index:u16 ReceiveSensitivityValue:s16
140 16.2.3.1.3 PerAntennaAirProtocol  AntennaID:u16 ProtocolID:u8v=AirProtocols
141 16.2.3.1.4 GPIOCapabilities  NumGPIs:u16 NumGPOs:u16
142 16.2.3.2 LLRPCapabilities  CanDoRFSurvey:u1 CanReportBufferFillWarning:u1
    SupportsClientRequestOpSpec:u1 CanDoTagInventoryStateAwareSingulation:u1
    SupportsEventAndReportHolding:u1 -:3 MaxNumPriorityLevelsSupported:u8
    ClientRequestOpSpecTimeout:u16 MaxNumROSpecs:u32 MaxNumSpecsPerROSpec:u32
    MaxNumInventoryParameterSpecsPerAISpec:u32 MaxNumAccessSpecs:u32
    MaxNumOpSpecsPerAccessSpec:u32
143 16.2.3.4 RegulatoryCapabilities  CountryCode:u16
    CommunicationsStandard:u16=CommunicationsStandard
144 16.2.3.4.1 UHFBandCapabilities
145 16.2.3.4.1.1 TransmitPowerLevelTableEntry  Index:u16 TransmitPowerValue:s16
146 16.2.3.4.1.2 FrequencyInformation  Hopping:u1 -:7
147 16.2.3.4.1.2.1 FrequencyHopTable  HopTableID:u8 -:8 Frequency:u32v
148 16.2.3.4.1.2.2 FixedFrequencyTable  Frequency:u32v
149 16.2.3.1.2 PerAntennaReceiveSensitivityRange  AntennaID:u16 ReceiveSensitivityIndexMin:u16
    ReceiveSensitivityIndexMax:u16
177 16.2.4.1 ROSpec  ROSpecID:u32 Priority:u8 CurrentState:u8=ROSpecState
178 16.2.4.1.1 ROBoundarySpec
179 16.2.4.1.1.1 ROSpecStartTrigger  ROSpecStartTriggerType:u8=ROSpecStartTriggerType
180 16.2.4.1.1.1.1 PeriodicTriggerValue  Offset:u32 Period:u32
181 16.2.4.1.1.1.2 GPITriggerValue  GPIPortNum:u16 GPIEvent:u1 -:7 Timeout:u32
182 16.2.4.1.1.2 ROSpecStopTrigger  ROSpecStopTriggerType:u8=ROSpecStopTriggerType
    DurationTriggerValue:u32
183 16.2.4.2 AISpec  AntennaIDs:u16v
184 16.2.4.2.1 AISpecStopTrigger  AISpecStopTriggerType:u8=AISpecStopTriggerType
    DurationTrigger:u32
185 16.2.4.2.1.1 TagObservationTrigger  TriggerType:u8=TagObservationTriggerType -:8
    NumberOfTags:u16 NumberOfAttempts:u16 T:u16 Timeout:u32
186 16.2.4.2.2 InventoryParameterSpec  InventoryParameterSpecID:u16 ProtocolID:u8=AirProtocols
187 16.2.4.3 RFSurveySpec  AntennaID:u16 StartFrequency:u32 EndFrequency:u32
188 16.2.4.3.1 RFSurveySpecStopTrigger  StopTriggerType:u8=RFSurveySpecStopTriggerType
    DurationPeriod:u32 N:u32
207 16.2.5.1 AccessSpec  AccessSpecID:u32 AntennaID:u16 ProtocolID:u8=AirProtocols
    CurrentState:u1=AccessSpecState -:7 ROSpecID:u32
208 16.2.5.1.1 AccessSpecStopTrigger  AccessSpecStopTrigger:u8=AccessSpecStopTriggerType
    OperationCountValue:u16
209 16.2.5.1.2 AccessCommand
210 1.1 ClientRequestOpSpec  OpSpecID:u16
211 1.1 ClientRequestResponse  AccessSpecID:u32
217 16.2.6.1 LLRPConfigurationStateValue  LLRPConfigurationStateValue:u32
218 16.2.6.2 Identification  IDType:u8=IdentificationType ReaderID:u8v
219 16.2.6.3 GPOWriteData  GPOPortNumber:u16 GPOData:u1 -:7
220 16.2.6.4 KeepaliveSpec  KeepaliveTriggerType:u8=KeepaliveTriggerType PeriodicTriggerValue:u32
221 16.2.6.5 AntennaProperties  AntennaConnected:u1 -:7 AntennaID:u16 AntennaGain:s16
222 16.2.6.6 AntennaConfiguration  AntennaID:u16
223 16.2.6.7 RFReceiver  ReceiverSensitivity:u16
224 16.2.6.8 RFTransmitter  HopTableID:u16 ChannelIndex:u16 TransmitPower:u16
225 16.2.6.9 GPIPortCurrentState  GPIPortNum:u16 Config:u1 -:7 State:u8=GPIPortState
226 16.2.6.10 EventsAndReports  HoldEventsAndReportsUponReconnect:u1 -:7
237 16.2.7.1 ROReportSpec  ROReportTrigger:u8=ROReportTriggerType N:u16
238 16.2.7.1.1 TagReportContentSelector  EnableROSpecID:u1 EnableSpecIndex:u1
    EnableInventoryParameterSpecID:u1 EnableAntennaID:u1 EnableChannelIndex:u1 EnablePeakRSSI:u1
    EnableFirstSeenTimestamp:u1 EnableLastSeenTimestamp:u1 EnableTagSeenCount:u1
    EnableAccessSpecID:u1 -:6
239 16.2.7.2 AccessReportSpec  AccessReportTrigger:u8=AccessReportTriggerType
240 16.2.7.3 TagReportData
241 16.2.7.3.1 EPCData  EPC:u1v
242 16.2.7.4 RFSurveyReportData
243 16.2.7.4.1 FrequencyRSSILevelEntry  Frequency:u32 Bandwidth:u32 AverageRSSI:s8 PeakRSSI:s8
244 16.2.7.5 ReaderEventNotificationSpec
245 16.2.7.5.1 EventNotificationState  EventType:u16=NotificationEventType NotificationState:u1
    -:7
246 16.2.7.6 ReaderEventNotificationData
247 16.2.7.6.1 HoppingEvent  HopTableID:u16 NextChannelIndex:u16
248 16.2.7.6.2 GPIEvent  GPIPortNumber:u16 GPIEvent:u1 -:7
249 16.2.7.6.3 ROSpecEvent  EventType:u8=ROSpecEventType ROSpecID:u32 PreemptingROSpecID:u32
250 16.2.7.6.4 ReportBufferLevelWarningEvent  ReportBufferPercentageFull:u8
251 16.2.7.6.5 ReportBufferOverflowErrorEvent
252 16.2.7.6.6 ReaderExceptionEvent  Message:utf8v
253 16.2.7.6.7 RFSurveyEvent  EventType:u8=RFSurveyEventType ROSpecID:u32 SpecIndex:u16
254 16.2.7.6.8 AISpecEvent  EventType:u8=AISpecEventType ROSpecID:u32 SpecIndex:u16
255 16.2.7.6.9 AntennaEvent  EventType:u8=AntennaEventType AntennaID:u16
256 16.2.7.6.10 ConnectionAttemptEvent  Status:u16=ConnectionAttemptStatusType
257 16.2.7.6.11 ConnectionCloseEvent
287 16.2.8.1 LLRPStatus  StatusCode:u16=StatusCode ErrorDescription:utf8v
288 16.2.8.1.1 FieldError  FieldNum:u16 ErrorCode:u16=StatusCode
289 16.2.8.1.2 ParameterError  ParameterType:u16 ErrorCode:u16=StatusCode
327 16.3.1.1.1 C1G2LLRPCapabilities  CanSupportBlockErase:u1 CanSupportBlockWrite:u1
    CanSupportBlockPermalock:u1 CanSupportTagRecommissioning:u1 CanSupportUMIMethod2:u1
    CanSupportXPC:u1 -:2 MaxNumSelectFiltersPerQuery:u16
328 16.3.1.1.2 C1G2UHFRFModeTable
329 16.3.1.1.2.1 C1G2UHFRFModeTableEntry  ModeIdentifier:u32 DRValue:u1=C1G2DRValue
    EPCHAGTCConformance:u1 -:6 MValue:u8=C1G2MValue
    ForwardLinkModulation:u8=C1G2ForwardLinkModulation
    SpectralMaskIndicator:u8=C1G2SpectralMaskIndicator BDRValue:u32 PIEValue:u32 MinTariValue:u32
    MaxTariValue:u32 StepTariValue:u32
330 16.3.1.2.1 C1G2InventoryCommand  TagInventoryStateAware:u1 -:7
331 16.3.1.2.1.1 C1G2Filter  T:u2=C1G2TruncateAction -:6
332 16.3.1.2.1.1.1 C1G2TagInventoryMask  MB:u2 -:6 Pointer:u16 TagMask:u1v
333 16.3.1.2.1.1.2 C1G2TagInventoryStateAwareFilterAction  Target:u8=C1G2StateAwareTarget
    Action:u8=C1G2StateAwareAction
334 16.3.1.2.1.1.3 C1G2TagInventoryStateUnawareFilterAction  Action:u8=C1G2StateUnawareAction
335 16.3.1.2.1.2 C1G2RFControl  ModeIndex:u16 Tari:u16
336 16.3.1.2.1.3 C1G2SingulationControl  Session:u2 -:6 TagPopulation:u16 TagTransitTime:u32
337 16.3.1.2.1.3.1 C1G2TagInventoryStateAwareSingulationAction  I:u1=C1G2TagInventoryStateAwareI
    S:u1=C1G2TagInventoryStateAwareS S_All:u1 -:5
338 16.3.1.3.1 C1G2TagSpec
339 16.3.1.3.1.1 C1G2TargetTag  MB:u2 Match:u1 -:5 Pointer:u16 TagMask:u1v TagData:u1v
341 16.3.1.3.2.1 C1G2Read  OpSpecID:u16 AccessPassword:u32 MB:u2 -:6 WordPointer:u16 WordCount:u16
342 16.3.1.3.2.2 C1G2Write  OpSpecID:u16 AccessPassword:u32 MB:u2 -:6 WordPointer:u16
    WriteData:u16v
343 16.3.1.3.2.3 C1G2Kill  OpSpecID:u16 KillPassword:u32
344 16.3.1.3.2.4 C1G2Lock  OpSpecID:u16 AccessPassword:u32
345 16.3.1.3.2.4.1 C1G2LockPayload  Privilege:u8=C1G2LockPrivilege DataField:u8=C1G2LockDataField
346 16.3.1.3.2.5 C1G2BlockErase  OpSpecID:u16 AccessPassword:u32 MB:u2 -:6 WordPointer:u16
    WordCount:u16
347 16.3.1.3.2.6 C1G2BlockWrite  OpSpecID:u16 AccessPassword:u32 MB:u2 -:6 WordPointer:u16
    WriteData:u16v
348 16.3.1.5.1 C1G2EPCMemorySelector  EnableCRC:u1 EnablePCBits:u1 EnableXPCBits:u1 -:5
349 16.3.1.5.5.1 C1G2ReadOpSpecResult  Result:u8=C1G2ReadResultType OpSpecID:u16 ReadData:u16v
350 16.3.1.5.5.2 C1G2WriteOpSpecResult  Result:u8=C1G2WriteResultType OpSpecID:u16
    NumWordsWritten:u16
351 16.3.1.5.5.3 C1G2KillOpSpecResult  Result:u8=C1G2KillResultType OpSpecID:u16
352 16.3.1.5.5.4 C1G2LockOpSpecResult  Result:u8=C1G2LockResultType OpSpecID:u16
353 16.3.1.5.5.5 C1G2BlockEraseOpSpecResult  Result:u8=C1G2BlockEraseResultType OpSpecID:u16
354 16.3.1.5.5.6 C1G2BlockWriteOpSpecResult  Result:u8=C1G2BlockWriteResultType OpSpecID:u16
    NumWordsWritten:u16
355 1.1 LoopSpec  LoopCount:u32
356 1.1 SpecLoopEvent  ROSpecID:u32 LoopCount:u32
357 1.1 C1G2Recommission  OpSpecID:u16 KillPassword:u32 -:5 SB3:u1 SB2:u1 LSB:u1
358 1.1 C1G2BlockPermalock  OpSpecID:u16 AccessPassword:u32 MB:u2 -:6 BlockPointer:u16
    BlockMask:u16v
359 1.1 C1G2GetBlockPermalockStatus  OpSpecID:u16 AccessPassword:u32 MB:u2 -:6 BlockPointer:u16
    BlockRange:u16
360 1.1 C1G2RecommissionOpSpecResult  Result:u8 OpSpecID:u16
361 1.1 C1G2BlockPermalockOpSpecResult  Result:u8 OpSpecID:u16
362 1.1 C1G2GetBlockPermalockStatusOpSpecResult  Result:u8 OpSpecID:u16 PermalockStatus:u16v
363 1.1 MaximumReceiveSensitivity  MaximumSensitivityValue:s16
365 1.1 RFSurveyFrequencyCapabilities  MinimumFrequency:u32 MaximumFrequency:u32
1023 16.2.9 Custom  VendorIdentifier:u32 ParameterSubtype:u32 Data:rest
""")
