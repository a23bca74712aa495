"""Floor 3: the use cases. Plain functions that take a listener; the same in the window, the command line and tests."""
