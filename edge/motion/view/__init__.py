"""What happened to the camera itself: typed events, each raised once, none of them movement.

Upstream: edge.motion.detector. Downstream: Score.changes. edge.motion.view.view says how the checks take turns.
"""

from edge.motion.view.look import Look, Verdict
from edge.motion.view.rows import Rows
from edge.motion.view.view import View

__all__ = ["Look", "Rows", "Verdict", "View"]
