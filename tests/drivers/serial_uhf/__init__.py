"""Serial UHF readers: codecs, driver, and the contract between driver and simulator."""
