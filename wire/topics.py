"""Topics: who may say what where.

    linli/v1/<node>/event|bulk|state|health    node -> hub
    linli/v1/<node>/ack|command|desired        hub -> node
    linli/v1/hub/state                         hub -> nodes

A station sees the same tree with hubs in the place of nodes. `hub` is therefore no node's name.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from wire.errors import WireError

ROOT = "linli/v1"
HUB = "hub"

# A name enters topics, file names and certificates. A slash or a wildcard in it would open a neighbour's branch
# (measured with Mosquitto 2.0.11: a certificate named "victim/cam" got into the victim's topics).
# `$` alone would let a line break at the end pass in Python; `$(?!\n)` means the very end there and in ECMA 262.
END = r"$(?!\n)"
NAME_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?" + END
_NAME = re.compile(NAME_PATTERN)

Leaf = Literal["event", "bulk", "state", "health", "ack", "command", "desired"]
_LEAVES = frozenset(get_args(Leaf))
UPWARD: tuple[Leaf, ...] = ("event", "bulk", "state", "health")
DOWNWARD: tuple[Leaf, ...] = ("ack", "command", "desired")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the tree, taken apart."""

    node: str
    leaf: Leaf

    def __str__(self) -> str:
        return f"{ROOT}/{self.node}/{self.leaf}"


def is_name(text: str) -> bool:
    """Whether text may name a node or a hub: 1 to 32 of a-z, 0-9 and inner hyphens, and not the reserved `hub`."""
    return text != HUB and _NAME.fullmatch(text) is not None


def parse_topic(text: str) -> Topic:
    """Take a topic apart. Raises WireError for anything outside the tree."""
    parts = text.split("/")
    if len(parts) != 4 or f"{parts[0]}/{parts[1]}" != ROOT:
        raise WireError(f"topic {text[:80]!r} is not {ROOT}/<node>/<leaf>")
    _, _, node, leaf = parts
    if leaf not in _LEAVES:
        raise WireError(f"topic {text[:80]!r} ends in none of {', '.join(sorted(_LEAVES))}")
    if not is_name(node) and not (node == HUB and leaf == "state"):
        raise WireError(f"topic {text[:80]!r} names no node: 1 to 32 of a-z, 0-9, inner hyphens")
    return Topic(node, leaf)  # type: ignore[arg-type]


HUB_STATE = f"{ROOT}/{HUB}/state"


def for_hub() -> list[str]:
    """Return the filters that a hub listens to: each upward leaf of every node."""
    return [f"{ROOT}/+/{leaf}" for leaf in UPWARD]


def for_node(node: str) -> list[str]:
    """Return the topics that a node listens to: its own downward leaves and the hub's state."""
    return [*(f"{ROOT}/{node}/{leaf}" for leaf in DOWNWARD), HUB_STATE]
