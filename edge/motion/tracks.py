"""Blobs followed through time: what goes somewhere moves; what only trembles does not.

Upstream: edge.motion.blobs. Downstream: edge.motion.detector calls a frame moving while a track is confirmed.

The rule in time is worth more than the background model (docs/design/motion.md): about half a second of agreement on
one track that really gets from one place to another, and farther than things get there that come to nothing
(edge.motion.restless).
"""

import math
from collections.abc import Sequence

from edge.motion.blobs import Blob
from edge.motion.only_light import edge_sharpness, is_glow, light_likeness, place_texture, softness
from edge.motion.restless import Figures, Restlessness
from edge.motion.scene import Scene
from edge.motion.track import STIRRED, Track
from edge.motion.tuning import Tuning

#: Tracks kept at a time; more than this is weather.
MOST_TRACKS = 24
#: Seconds without a blob after which a track is forgotten: before and after it was confirmed.
LOST_S, KEPT_S = 0.35, 1.0
#: Seconds without a blob for which one that counted is still said to move.
SAID_S = 0.65
#: Cells of a thing that is too large to be weather, if it gets somewhere: 1 % of the picture.
LARGE = 150
#: Frames that a track must have been seen in before its end says anything about the place.
TELLING = 3
#: A track that counted, but ended within so many seconds, and was one of so many or came from nowhere, was nobody.
BRIEF_S, SWARM = 3.0, 2
#: A thing that has so many times fewer cells than usual has fallen apart.
FALLEN = 5
#: Length over breadth beyond which it is a thread or a beam: a lorry from the side has 4.
SLENDER = 7.0
#: Lengths of itself a second beyond which more is asked for, and bits at most: a walker has 1, a runner 3, a motorbike
#: 6, a flake or an insect before the lens 8 and more.
HASTY, HASTY_MOST = 5.0, 6.0
#: Cells from which on edges say something, and share of the picture up to which: what is at the lens is blurred.
SOFT_LEAST, SOFT_MOST = 60, 0.4
#: Lengths of itself a second from which on a glow may be an insect's: who walks has 1.5 at most.
GLOW_HASTE = 2.0
#: Other things of the same size that a visitor may come with: a family on its way.
PEERS = 3
#: Frames that a track must have been seen in, at least.
LEAST_SEEN = 4


class Tracker:
    """Follow blobs from frame to frame.

    frame: columns and rows. agree: seconds on the way before a track counts. scale: multiplies the displacement asked
    for. at: when the camera was first seen, seconds.
    """

    def __init__(self, frame: tuple[int, int], *, tuning: Tuning, agree: float, scale: float, at: float) -> None:
        self._frame, self._tuning, self._agree, self._scale = frame, tuning, agree, scale
        self.tracks: list[Track] = []
        self.restless = Restlessness((frame[1], frame[0]), forget_s=tuning.restless_s, weight=tuning.restless)
        self._numbered = 0
        self._at = at

    def clear(self) -> None:
        """Forget everything that was being followed."""
        self.tracks.clear()

    def feed(self, blobs: Sequence[Blob], *, at: float, scene: Scene | None = None) -> list[Track]:
        """Take the blobs of the frame at time `at`; return the tracks that count now, the largest first.

        scene: what the frame was compared with: without it, light is not told from things.
        """
        self.restless.pass_time(at - self._at)
        if blobs or self.tracks:
            self._follow(blobs, at)
            self._confirm(scene, at)
        self._at = at
        confirmed = [track for track in self.tracks if track.confirmed and at - track.last <= SAID_S]
        return sorted(confirmed, key=lambda track: -track.blob.cells)

    def _follow(self, blobs: Sequence[Blob], at: float) -> None:
        free = self._match(blobs, at)
        kept: list[Track] = []
        for track in self.tracks:
            if at - track.last <= (KEPT_S if track.confirmed else LOST_S):
                kept.append(track)
            elif not track.confirmed or self._was_nobody(track):
                self._came_to_nothing(track)
        self.tracks = kept
        for blob in free:
            if blob.stir >= STIRRED and len(self.tracks) < MOST_TRACKS:
                self._numbered += 1
                self.tracks.append(Track(self._numbered, blob, at, at))

    def _confirm(self, scene: Scene | None, at: float) -> None:
        for track in self.tracks:
            if track.last == at:
                track.was_at_border |= self._is_at_border(track.blob)
            if track.confirmed or track.last != at:
                continue
            track.why = self._lacks(track, at)
            if not track.why and scene is not None:
                light = self._only_light(track, scene)
                track.votes += -1 if light else 1
                track.light = light or track.light
                track.why = light or (track.light if track.votes <= 0 else "")
            track.confirmed = not track.why

    def _only_light(self, track: Track, scene: Scene) -> str:
        blob, seen = track.blob, (scene.picture, scene.level, scene.out)
        like = light_likeness(*seen, blob)
        if like is not None and like > self._tuning.likeness:
            return "only light: the place shows through"
        if not SOFT_LEAST <= blob.cells <= SOFT_MOST * scene.out.size:
            return ""
        sharpness, asked = edge_sharpness(*seen, blob), self._tuning.sharpness
        if sharpness < asked:  # few are: what may be softer is looked into for these only
            texture = place_texture(scene.level, scene.out, blob)
            if sharpness < asked * softness(like, texture=texture, noise=scene.noise(blob)):
                return "only light: it has no edges"
        if track.beyond < self._tuning.glow and track.haste >= GLOW_HASTE:
            return "only a glow" if is_glow(scene.picture, scene.level, blob, sharpness=sharpness) else ""
        return ""

    def _was_nobody(self, track: Track) -> bool:
        """It counted, but it was brief, and one of many or never near the border: nobody comes from nowhere to stay."""
        if track.last - track.first >= BRIEF_S:
            return False
        return track.peers >= SWARM or not track.was_at_border

    def _came_to_nothing(self, track: Track) -> None:
        if not track.confirmed and any(_touches(other, track) for other in self.tracks if other.confirmed):
            return
        blob = track.blob
        if track.seen >= TELLING:
            track.reach(self._tuning, scale=self._scale, frame=self._frame)
        if track.furthest >= 1.0 and not track.confirmed:
            gone = self._is_at_border(blob) and self._peers(track) < SWARM
            if gone or (track.was_at_border and track.usual >= LARGE):
                return  # out of sight, or hidden, too soon to be judged: weather does not look like that
        self.restless.note(blob.x, blob.y, _most(track))

    def _lacks(self, track: Track, at: float) -> str:
        """What keeps a track from being confirmed; empty where nothing does."""
        if at - track.first < self._agree or track.seen < LEAST_SEEN:
            return "too short"
        if track.seen < 0.7 * track.frames:
            return "seen too rarely"
        if FALLEN * track.blob.cells < track.usual:
            return "falls apart"
        if self._is_thin(track.blob):
            return "too thin for a thing"
        return self._lacks_movement(track)

    def _is_thin(self, blob: Blob) -> bool:
        slender = max(blob.wide, blob.tall) > SLENDER * min(blob.wide, blob.tall)
        return slender or blob.cells < self._tuning.fill * blob.wide * blob.tall

    def _lacks_movement(self, track: Track) -> str:
        if track.activity < self._tuning.active:
            return "hardly changes"
        reach = track.reach(self._tuning, scale=self._scale, frame=self._frame)
        if reach < 1.0:
            return "gets nowhere"
        track.peers = self._peers(track)
        beside = [_most(other) for other in self.tracks if other is not track and _is_light(other)]
        rarity = self.restless.rarity(Figures(track.seen, track.usual, reach, track.stir), beside=beside)
        track.beyond = rarity - self.asked(track)
        if track.beyond < 0.0:
            return "no more than what is usual there"
        if track.straightness < self._tuning.straight and not track.is_growing:
            return "to and fro"
        return ""

    def asked(self, track: Track) -> float:
        """Bits of rarity that a track must have where it is, among those around it, and as hasty as it is."""
        hasty = min(HASTY_MOST, self._tuning.haste * max(0.0, track.haste - HASTY))
        many = self._tuning.peers * max(0, track.peers - PEERS)
        falling = self._tuning.falling if track.is_falling else 0.0
        return self.restless.asked(track.blob.x, track.blob.y) + many + hasty + falling

    def _is_at_border(self, blob: Blob) -> bool:
        columns, rows = self._frame
        return (
            blob.left <= 1 or blob.top <= 1 or blob.left + blob.wide >= columns - 1 or blob.top + blob.tall >= rows - 1
        )

    def _peers(self, track: Track) -> int:
        """How many other things of about its size are on the way at the same time: flakes, drops, leaves."""
        cells = track.usual
        return sum(
            1
            for other in self.tracks
            if other is not track and other.seen >= TELLING and cells / 4 <= other.blob.cells <= 4 * cells
        )

    def _match(self, blobs: Sequence[Blob], at: float) -> list[Blob]:
        """Give each track its nearest blob, best pairs first; return the blobs that no track wants."""
        pairs: list[tuple[float, int, int]] = []
        for t, track in enumerate(self.tracks):
            track.frames += 1
            x, y = track.predict(at)
            for b, blob in enumerate(blobs):
                cost = _distance(track, blob, x, y)
                if cost < 1.0:
                    pairs.append((cost, t, b))
        taken: set[int] = set()
        served: set[int] = set()
        for _, t, b in sorted(pairs):
            if t not in served and b not in taken:
                self.tracks[t].take(blobs[b], at)
                served.add(t)
                taken.add(b)
        return [blob for b, blob in enumerate(blobs) if b not in taken]


def _most(track: Track) -> Figures:
    """What it had at its best: what ends, or is known to be nothing, is remembered so."""
    return Figures(track.seen, track.largest, track.furthest, track.liveliest)


def _is_light(track: Track) -> bool:
    return not track.confirmed and bool(track.light) and track.votes <= 0


def _touches(one: Track, other: Track) -> bool:
    a, b = one.blob, other.blob
    across = a.left <= b.left + b.wide + 2 and b.left <= a.left + a.wide + 2
    return across and a.top <= b.top + b.tall + 2 and b.top <= a.top + a.tall + 2


def _distance(track: Track, blob: Blob, x: float, y: float) -> float:
    """0 for the same place and size; 1 and more is out of reach."""
    # A faint thing comes and goes in pieces: they lie within what it was of late.
    reach = 2.0 + 0.6 * max(track.extent, blob.wide, blob.tall)
    apart = math.hypot(blob.x - x, blob.y - y) / reach
    if apart >= 1.0:
        return 1.0
    if track.confirmed and FALLEN * blob.cells < track.usual:
        return 1.0  # a leaf where somebody was is not what is left of him
    bigger = max(blob.cells, track.blob.cells) / max(1, min(blob.cells, track.blob.cells))
    return apart + 0.1 * math.log(bigger) if bigger < 8 else 1.0
