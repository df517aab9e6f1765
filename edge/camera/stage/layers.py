"""In which order the acts of a picture are painted, and by whom.

Upstream: all painters. Downstream: edge.camera.yard.
"""

from edge.camera.stage import lens, light, stream, surface, trees, weather
from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Maker, Painter, Plane, Size
from edge.camera.stage.cast import LATE, WHO, draw_actor


def _same(painter: Painter) -> Maker:
    """A painter that needs nothing made beforehand."""
    return lambda size, seed: painter


#: From what lies behind to what lies before: each kind of act, and who makes its painter. Kinds of one layer are
#: painted by lane, far ones first.
_LAYERS: tuple[dict[str, Maker], ...] = (
    {"water": surface.Water, "crops": surface.Crops},
    {"foliage": trees.Foliage},
    {"flag": surface.Flag, "leaves": trees.Leaves},
    {"parked": _same(draw_actor)},
    {kind: _same(draw_actor) for kind in WHO if kind not in LATE},
    {"bush": trees.Bush},
    {"patches": light.Patches, "shade": light.Shade, "cloud_edge": light.CloudEdge},
    dict.fromkeys(("cloud", "cloud_2", "cloud_10", "cloud_50"), _same(light.draw_cloud)),
    {"dim": _same(light.draw_dim), "infrared": light.Infrared, "ir_switch": light.Infrared},
    {"headlights": light.Headlights},
    {kind: _same(draw_actor) for kind in LATE},
    {"fog": weather.Fog},
    {"rain": weather.Rain, "splash": weather.Splash, "snow": weather.Snow},
    {"vibration": _same(lens.draw_vibration)},
    {"insects": _same(lens.draw_insect), "web": _same(lens.draw_web)},
    {"defocus": _same(lens.draw_defocus), "defocus_slow": _same(lens.draw_defocus)},
    {"lens_fog": _same(lens.draw_lens_fog), "spray": lens.Spray, "cover": _same(lens.draw_cover)},
    {"exposure": _same(light.draw_exposure)},
    {"span": _same(light.draw_span)},
    {"osd": _same(stream.draw_clock)},
    dict.fromkeys(("lost", "lost_blue", "lost_text"), _same(stream.draw_lost)),
)
#: Number of each kind's layer.
LAYER = {kind: number for number, layer in enumerate(_LAYERS) for kind in layer}
#: Kinds that hide who is behind them.
HIDES = frozenset({"bush"})
#: Layers from this one on lie on the sensor's noise.
AFTER_GRAIN = LAYER["osd"]


class Painters:
    """The painters of one scene, each made when it is first needed."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed = size, seed
        self._made: dict[str, Painter] = {}

    def of(self, act: Act) -> Painter:
        """Who paints an act."""
        painter = self._made.get(act.kind)
        if painter is None:
            painter = self._made[act.kind] = _LAYERS[LAYER[act.kind]][act.kind](self._size, self._seed)
        return painter

    def hide(self, mask: Plane, act: Act, at: float) -> None:
        """Take out of a mask what an act hides."""
        painter = self.of(act)
        assert isinstance(painter, trees.Bush)
        painter.hide(mask, act, at)


def in_order(acts: list[Act]) -> list[Act]:
    """Those of the acts that can be painted, from behind to before."""
    painted = [act for act in acts if act.kind in LAYER]
    return sorted(painted, key=lambda act: (LAYER[act.kind], act.lane, act.start))
