"""Why an alert has its level, or an event no alert: a closed list of codes, each with its sentence in zh and en.

Upstream: hub.rules.decide writes codes and values. Downstream: the console and the station say the sentence in the
reader's language, so that no finished text travels and a later release can word it better.

Sentences state what was observed, never a judgement about a person (docs/glossary.md).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal, NamedTuple

from wire.messages import Reason

Language = Literal["zh", "en"]


class Sentence(NamedTuple):
    """One sentence in both languages; names in braces are the values it needs."""

    zh: str
    en: str


# The first twenty are wire.messages.Kind: what was seen. The others: what weighed on the decision.
CATALOGUE: dict[str, Sentence] = {
    "motion": Sentence("{at} {camera}画面内有移动", "{at} movement in view of {camera}"),
    "presence": Sentence("{at} {camera}感应到有人", "{at} presence sensed at {camera}"),
    "sos": Sentence("{at} 有人按下求助键", "{at} the SOS button was pressed"),
    "tamper": Sentence("{at} {camera}设备被拆动", "{at} the device {camera} was tampered with"),
    "camera_covered": Sentence("{at} {camera}镜头被遮挡", "{at} the lens of {camera} was covered"),
    "camera_moved": Sentence("{at} {camera}镜头方向变了", "{at} {camera} points elsewhere than before"),
    "camera_lost": Sentence("{at} {camera}没有画面了", "{at} no picture from {camera} any more"),
    "camera_found": Sentence("{at} {camera}画面恢复", "{at} the picture of {camera} is back"),
    "ir_switch": Sentence("{at} {camera}日夜切换", "{at} {camera} switched between day and night"),
    "light_change": Sentence("{at} {camera}光线突变", "{at} the light changed in view of {camera}"),
    "paused": Sentence("{at} 住户暂停了{camera}", "{at} the household paused {camera}"),
    "resumed": Sentence("{at} 住户恢复了{camera}", "{at} the household resumed {camera}"),
    "storage_gap": Sentence(
        "{at} 存储不足，{lane} 记录 {first} 至 {last} 丢失", "{at} storage ran short: {lane} {first} to {last} are gone"
    ),
    "node_started": Sentence("{at} 设备启动", "{at} the device started"),
    "test": Sentence("{at} 测试事件", "{at} a test event"),
    "defocused": Sentence("{at} {camera}画面变模糊了", "{at} the picture of {camera} is out of focus"),
    "signal_lost": Sentence("{at} {camera}没有信号", "{at} {camera} gives no signal, only an empty picture"),
    "picture_frozen": Sentence("{at} {camera}画面不动了", "{at} the picture of {camera} is frozen"),
    "lens_dirty": Sentence(
        "{at} {camera}镜头前有蛛网或虫子，请擦拭镜头",
        "{at} a web or insect in front of the lens of {camera}: please clean it",
    ),
    "scene_changed": Sentence(
        "{at} {camera}画面里多了或少了东西", "{at} something was left or taken away in view of {camera}"
    ),
    "on_street": Sentence("{at} {camera}动静在街面上", "{at} the movement in view of {camera} is on the street"),
    "left_street": Sentence("{at} {camera}动静离开了街面", "{at} the movement in view of {camera} left the street"),
    "entered": Sentence("{at} {camera}有动静进入“{zone}”", "{at} movement entered {zone} in view of {camera}"),
    "in_zone": Sentence("{at} {camera}“{zone}”内有动静", "{at} movement in {zone} in view of {camera}"),
    "person_entered": Sentence(
        "{at} {camera}有人大小的身影进入“{zone}”",
        "{at} something the size of a person entered {zone}, seen by {camera}",
    ),
    "person_in_zone": Sentence(
        "{at} {camera}“{zone}”内有人大小的身影", "{at} something the size of a person in {zone}, seen by {camera}"
    ),
    "perimeter_weighs": Sentence("布防时段内周界有动静，加 {by} 级", "a perimeter met while armed adds {by}"),
    "armed": Sentence("{at} 在布防时段内", "{at} lies in the armed hours"),
    "not_armed": Sentence("{at} 不在布防时段内", "{at} lies outside the armed hours"),
    "always": Sentence("此类事件不看布防时段", "this kind counts at any hour"),
    "level_set": Sentence("本村设定此类事件为 {level} 级", "this hub's settings give this kind level {level}"),
    "level_rose": Sentence("由 {before} 级升为 {level} 级", "the level rose from {before} to {level}"),
    "log_only": Sentence("此类事件只记录，不生成警情", "this kind is written down and raises no alert"),
    "muted": Sentence("已静默至 {until}：{why}", "muted until {until}: {why}"),
    "cut_by_restart": Sentence("设备重启，事件到此为止", "the device restarted, the event ends here"),
    "ends_alert": Sentence("{camera}已恢复，故障结束", "{camera} is well again, this ends the fault"),
    "after_closed": Sentence("上一条警情已了结，另起一条", "the alert before was closed, so a new one begins"),
    "replayed": Sentence("画面来自录像文件，不是现场", "the pictures come from a file, not from the yard"),
    "clock_unsure": Sentence("设备时钟不准，时间为推算", "the device's clock was wrong, the time is worked out"),
}

_NO_CAMERA = Sentence("", "the household")


def reason(code: str, **values: str) -> Reason:
    """Return a reason of the closed list, its values cut to what the wire carries. Raises KeyError for other codes."""
    CATALOGUE[code]
    return Reason(code, {name: value[:100] for name, value in values.items()})


def sentence(why: Reason, language: Language) -> str:
    """Say a reason. A code of a newer peer is shown as it is; a missing value as "?"."""
    return say_reason(why.code, why.values, language)


def say_reason(code: str, values: Mapping[str, str], language: str) -> str:
    """Say a reason by its code and values; a language that is not "zh" is served English."""
    text = CATALOGUE.get(code)
    if text is None:
        return code
    filled = defaultdict(lambda: "?", values)
    if values.get("camera") == "":
        filled["camera"] = _in(_NO_CAMERA, language)
    return _in(text, language).format_map(filled)


def _in(text: Sentence, language: str) -> str:
    return text.zh if language == "zh" else text.en


def joined(before: list[Reason], added: list[Reason], *, most: int = 12) -> list[Reason]:
    """Return both lists in order, one reason per code, camera and zone, at most as many as the wire carries.

    The earliest stays: it says when. A code that is new still finds room when the list is full: it takes the place of
    the last repeated code.
    """
    result: list[Reason] = []
    for why in [*before, *added]:
        if any(_same(why, known) for known in result):
            continue
        if len(result) < most:
            result.append(why)
        elif why.code not in {known.code for known in result}:
            _make_room(result)
            result.append(why)
    return result[:most]


def _same(one: Reason, other: Reason) -> bool:
    return one.code == other.code and all(one.values.get(name) == other.values.get(name) for name in ("camera", "zone"))


def _make_room(reasons: list[Reason]) -> None:
    codes = [why.code for why in reasons]
    repeated = [index for index, code in enumerate(codes) if codes.index(code) != index]
    del reasons[repeated[-1] if repeated else -1]
