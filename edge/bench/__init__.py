"""Measure motion detectors: quality and cost, on labelled clips or on scripted scenes.

    python -m edge.bench                                     a yard's scripts: all scores of all detectors
    python -m edge.bench --manifest clips/manifest.json      the same on labelled clips
    python -m edge.bench --battery                           scripted scenes with limits; --hours 4: empty weather
    python -m edge.bench --cost --manifest FILE              CPU at three sizes, memory, and with decoding
    python -m edge.bench --cross --ablate --manifest FILE    our constants, scene by scene; each stage off in turn

Upstream: edge.motion, edge.bench.peers. docs/design/motion.md holds results. How scores are made: edge.bench.marks
(events), pixels (masks and boxes), scenario (scripted scenes), cost, memory and stream (what they take).
"""
