"""The node: a Raspberry Pi beside a household's camera.

An event walks one corridor: camera -> motion -> episode -> recorder, spool -> courier. See docs/corridor.md.
"""
