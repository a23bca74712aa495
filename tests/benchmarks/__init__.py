"""Benchmarks: what the program reaches and costs. `python -m tests.benchmarks --help` says how to run them."""
