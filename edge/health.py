"""How one camera is, for the heartbeat. Upstream: edge.watch. Downstream: base.heartbeat."""

from edge.settings import Camera
from edge.watch import Watch
from wire.messages import CameraHealth


def camera_health(settings: Camera, watch: Watch, *, now: float) -> CameraHealth:
    """Return how a camera is. now: the node's monotonic clock."""
    state, meter, facts = watch.keeper.state, watch.meter, watch.keeper.facts()
    return CameraHealth(
        name=settings.name,
        state=state.phase,
        since=watch.wall(state.since),
        reason=state.reason[:500],
        fps=round(meter.fps(now), 1),
        expected_fps=settings.expected_fps,
        decode_ms=round(1000 * meter.decode_s / max(1, meter.decoded), 3),
        detect_ms=round(1000 * meter.detect_s / max(1, meter.detected), 3),
        time_jumps=int(facts.get("time_jumps", 0)),
        broken_packets=watch.broken,
        masked=bool(settings.privacy),
    )
