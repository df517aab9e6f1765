"""Cameras: where pictures come from. Downstream: edge.motion, edge.ring."""
