"""Benchmarks: generated problems, the practice to beat, and published instances."""
