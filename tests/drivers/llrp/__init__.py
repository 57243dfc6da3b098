"""The LLRP codec, the portal reader's driver, and both against a simulated reader."""
