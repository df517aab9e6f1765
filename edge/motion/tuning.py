"""Every constant of the detector, in one place, with its reason.

Downstream: edge.motion.detector and its parts. The bench changes them one at a time (edge.bench --cross, --ablate).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """The detector's constants. Grey levels are 0 to 255; times are seconds; cells are pixels of the small picture.

    Tolerance, what a cell may differ from the empty scene by:
    floor: grey levels always allowed: quantisation, and what a codec does to flat ground.
    spreads: multiples of the cell's spread (distance of the quartiles of its samples). Of normal noise the quartiles
        lie 1.35 sigma apart: 2.8 of them are 3.8 sigma.
    spread_most: a spread above it is things that pass, not noise.
    mask_floor: tolerance of the mask that is given out, levels: below it lie shadows and what a codec does (14 to 20 do
        as well). mask_spreads, mask_flicker: what it rises by for each level of spread and flicker.
    flicker_step, flicker_most, flicker_s: levels that each change between in and out adds, their ceiling, and the
        seconds in which they fade to a third.
    difference: share of the tolerance by which a frame must differ from both frames before it.

    Scene:
    follow_s: the scene follows what it sees where nothing stands out.
    sample_s: distance of the samples whose median is the scene, in the long run.
    learn_s: at first, nothing is followed: the scene is a single picture.

    Tracks:
    least_cells, least_sizes: displacement asked for, in cells and in shares of the thing's size.
    straight: displacement over length of path. active: how much of a thing must change from frame to frame, 0 to 1.
    restless: share of the bits of rarity that are asked for (edge.motion.restless); 0 turns it off.
    restless_s: seconds in which such tracks are forgotten.
    sharpness: slope of a thing's edges (edge.motion.only_light) below which it is only light.
    fill: share of its box that a thing covers, at least: a thread or the edge of a cloud covers less.
    haste: bits that are asked for more for each length of itself a second beyond HASTY (edge.motion.tracks).
    falling: bits that are asked for more of what falls.
    glow: bits that are asked for more of what glows and is hasty: an insect in the beam of an infrared lamp.
    peers: bits of rarity that are asked for more for each other thing of its size beyond PEERS at the same time.
    likeness: correlation with the scene's own detail above which something is only light; above 1 turns it off.
    """

    floor: float = 5.0
    spreads: float = 2.8
    spread_most: float = 24.0
    mask_floor: float = 16.0
    mask_spreads: float = 0.4
    mask_flicker: float = 0.1
    flicker_step: float = 4.0
    flicker_most: float = 60.0
    flicker_s: float = 12.0
    difference: float = 0.7
    follow_s: float = 4.0
    sample_s: float = 1.5
    learn_s: float = 0.5
    least_cells: float = 2.0
    least_sizes: float = 0.2
    straight: float = 0.5
    active: float = 0.4
    restless: float = 1.0
    restless_s: float = 60.0
    likeness: float = 0.4
    sharpness: float = 0.115
    fill: float = 0.22
    peers: float = 1.5
    haste: float = 1.5
    falling: float = 8.0
    glow: float = 4.0


#: What is turned off for the ablation table: name, and the constants that turn it off.
ABLATIONS: dict[str, dict[str, float]] = {
    "flicker feedback": {"flicker_step": 0.0},
    "noise of each cell": {"spreads": 0.0},
    "restlessness of the place": {"restless": 0.0},
    "activity of a track": {"active": 0.0},
    "straightness": {"straight": 0.0},
    "light told by the place's detail": {"likeness": 2.0},
    "light told by its soft edges": {"sharpness": 0.0},
    "peers at the same time": {"peers": 0.0},
    "haste, and falling": {"haste": 0.0, "falling": 0.0},
    "glow": {"glow": 0.0},
    "displacement": {"least_cells": 0.0, "least_sizes": 0.0},
}
