"""What a scripted scene is painted with: places, actors, weather, plants, light, lens, stream.

Upstream: edge.camera.scene_plan says what happens when. Downstream: edge.camera.yard puts pictures together.
Everything is drawn from a seed: two runs see the same. Lengths in px at 360 lines grow with the picture.
"""
