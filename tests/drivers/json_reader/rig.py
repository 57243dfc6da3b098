"""The drivers of readers that speak JSON, with waits so short that tests need not wait."""

from drivers.json_reader.driver import HttpStreamReader, MqttJsonReader, TcpJsonReader
from drivers.json_reader.profile import JsonReaderProfile

Driver = HttpStreamReader | MqttJsonReader | TcpJsonReader

NAME = "door-north"
SILENCE_S = 0.6
SIGN_OF_LIFE_S = 0.15

IMPINJ = JsonReaderProfile(format="impinj", stream_silence_s=SILENCE_S, topic_silence_s=SILENCE_S)
ZEBRA = JsonReaderProfile(format="zebra", stream_silence_s=SILENCE_S, topic_silence_s=SILENCE_S)
