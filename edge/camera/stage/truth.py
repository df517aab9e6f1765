"""What a script says about the camera itself: when it was covered, turned, blinded, switched.

Upstream: edge.camera.stage.act. Downstream: edge.camera.yard. The names are those of edge.motion.score.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.camera.stage.act import Act
from edge.camera.stage.light import CLOUD_RAMP_S

#: How long after a moment the truth still names it, seconds.
AFTER_S = 1.0
#: Acts that are a state of the camera from their start to their end.
STATE_OF = {
    "cover": "camera_covered", "spray": "camera_covered", "lens_fog": "defocused", "defocus": "defocused",
    "defocus_slow": "defocused", "freeze": "picture_frozen", "lost": "signal_lost", "lost_blue": "signal_lost",
    "lost_text": "signal_lost",
}  # fmt: skip
#: Acts whose start is a moment, and their end too where they end.
MOMENT_OF = {"ir_switch": "ir_switch", "nudge": "camera_moved", "pan": "camera_moved"}
#: Acts that leave something in the scene, or take it, when they end.
LEAVES = {"parks": "scene_changed", "departs": "scene_changed"}
#: Nobody can be seen while these last.
BLIND = frozenset({"cover", "freeze", "lost", "lost_blue", "lost_text"})


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens to the camera: when, which event of edge.motion.score.KINDS it is, over: it ends."""

    at: float
    kind: str
    over: bool = False

    @property
    def name(self) -> str:
        """The kind, with `_over` where it ends."""
        return f"{self.kind}_over" if self.over else self.kind


def happenings(acts: Sequence[Act]) -> list[Happening]:
    """What the acts do to the camera, oldest first."""
    found: list[Happening] = []
    for act in acts:
        if act.kind in STATE_OF:
            found += [Happening(act.start, STATE_OF[act.kind]), Happening(act.end, STATE_OF[act.kind], over=True)]
        elif act.kind in CLOUD_RAMP_S:
            found += [Happening(at, "light_ramp") for at in (act.start, act.end - CLOUD_RAMP_S[act.kind])]
        elif act.kind in MOMENT_OF:
            found += [Happening(at, MOMENT_OF[act.kind]) for at in (act.start, act.end)]
        elif act.kind in LEAVES:
            found.append(Happening(act.end, LEAVES[act.kind]))
    return sorted(found, key=lambda one: (one.at, one.kind))


def kinds_at(acts: Sequence[Act], at: float) -> frozenset[str]:
    """The camera events that are under way at a time."""
    return frozenset(kind for act in acts for kind in [_kind_at(act, at)] if kind is not None)


def _kind_at(act: Act, at: float) -> str | None:
    if act.kind in STATE_OF:
        return STATE_OF[act.kind] if act.start <= at < act.end else None
    if act.kind in CLOUD_RAMP_S:
        ramp = CLOUD_RAMP_S[act.kind]
        return "light_ramp" if act.start <= at < act.start + ramp or act.end - ramp <= at < act.end else None
    if act.kind in MOMENT_OF:
        near = act.start <= at < act.start + AFTER_S or act.end <= at < act.end + AFTER_S
        return MOMENT_OF[act.kind] if near else None
    return LEAVES[act.kind] if act.kind in LEAVES and act.end <= at < act.end + AFTER_S else None
