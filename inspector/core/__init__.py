"""Floor 0: the plain values and small mechanisms every other floor stands on."""
