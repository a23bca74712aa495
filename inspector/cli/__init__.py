"""Floor 4: the command line. It reads arguments, runs a job and prints; it decides nothing itself."""
