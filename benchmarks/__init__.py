"""Benchmarks: `python -m benchmarks.run` measures ratios in one run and writes build/bench.json."""
