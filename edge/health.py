"""How one camera is, for the heartbeat. Upstream: edge.watch. Downstream: base.heartbeat."""

from edge.settings import Camera
from edge.watch import Watch
from wire.messages import CameraHealth


def camera_health(settings: Camera, watch: Watch, *, now: float) -> CameraHealth:
    """Return how a camera is. now: the node's monotonic clock."""
    state, facts = watch.keeper.state, watch.keeper.facts()
    figures, attention = watch.meter.figures(now), watch.attention
    gop_s = attention.gop_s
    return CameraHealth(
        name=settings.name,
        state=state.phase,
        since=watch.wall(state.since),
        reason=state.reason[:500],
        fps=round(figures.fps, 1),
        expected_fps=settings.expected_fps,
        decode_ms=round(figures.decode_ms, 3),
        detect_ms=round(figures.detect_ms, 3),
        level=attention.level,
        looked_fps=round(figures.looked_fps, 1),
        decode_ms_s=round(figures.decode_ms_s, 2),
        detect_ms_s=round(figures.detect_ms_s, 2),
        thread_ms_s=round(figures.thread_ms_s, 2),
        decoded_px_s=round(figures.decoded_px_s),
        gop_s=None if gop_s is None else round(gop_s, 2),
        extra_delay_s=round(attention.extra_delay_s, 2),
        advice=_advice(watch),
        time_jumps=int(facts.get("time_jumps", 0)),
        broken_packets=watch.broken,
        masked=bool(settings.privacy),
    )


def _advice(watch: Watch) -> str:
    """What the household could do to make looking cheaper, the most worth it first."""
    if watch.is_wide:
        return "sub_stream"
    return "key_frames" if watch.attention.is_kept_awake else ""
