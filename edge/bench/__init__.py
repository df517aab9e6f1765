"""Measure motion detectors: quality and cost, on labelled clips or on the scripted yard.

    python -m edge.bench                                    the built-in battery, exact truth
    python -m edge.bench --manifest clips/manifest.json     labelled clips

Upstream: edge.motion, edge.bench.peers. docs/design/motion.md holds results and says how scores are made.
"""
