"""Help with setting a camera up: why a frame counted or did not, what can be seen, where the blind spots are.

Upstream: edge.cli (`tune`, `walk-test`), clips and live cameras. Downstream: people: text, JSON, pictures. Nothing here
runs in a node that watches.
"""
