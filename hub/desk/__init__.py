"""The desk: what people do about alerts, and what that adds up to."""

from hub.desk.desk import Desk, Line
from hub.desk.fold import Standing, fold
from hub.desk.mutes import Mutes, MuteView

__all__ = ["Desk", "Line", "MuteView", "Mutes", "Standing", "fold"]
