"""A whole village on this machine, for looking at: `./deploy/demo` sets up what is missing and then runs this.

Upstream: deploy.clips (the film), deploy.village (the processes). What is shown is read from the stores (deploy.sight).
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from base.logs import scrub
from deploy.broker import BrokerError
from deploy.child import Child
from deploy.clips import ClipError, PreparedClips, prepare
from deploy.rendered import render
from deploy.sight import Passage, Sight, passage
from deploy.speech import either, is_chinese
from deploy.village import HUB, STATION, House, Village, VillageError, free_port, is_free, rtsp_camera, rtsp_url
from hub.console.words import load_words

ROOT = Path(__file__).resolve().parent.parent
CAMERA_NODE = "gate-1"
ONCE_LIMIT_S = 90.0
LOOK_S = 0.25
WORDS = load_words()
# Ctrl-C, a polite kill, a terminal that was closed.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NAMES = ("王家", "李家", "张家", "刘家", "陈家", "杨家", "赵家", "黄家", "周家", "吴家", "徐家", "孙家")


class Stopped(Exception):
    """Somebody asked the demo to end."""


def main() -> int:
    """Run the demo; return the exit code."""
    options = _options()
    for number in ENDINGS:
        signal.signal(number, _stop)
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=_made(ROOT / ".demo")))
    parts: list[Child | Village] = []
    try:
        village, film = _start(options, folder, parts)
        _say(
            either(
                f"village up after {time.monotonic() - started:.1f} s",
                f"村庄已启动,用时 {time.monotonic() - started:.1f} 秒",
            )
        )
        hub, station = Sight(village.store(HUB)), Sight(village.store(STATION))
        if options.once:
            return _once(village, hub, station, film=film, limit_s=options.limit)
        _show(village, hub, station)
    except Stopped:
        _say(either("\nstopping the village", "\n正在停止"))
    except (BrokerError, ClipError, VillageError, OSError) as fault:
        print(scrub(str(fault)), file=sys.stderr)
        return 1
    finally:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)  # what was started is ended in order, however often somebody asks
        for part in reversed(parts):
            part.stop()
        if options.keep:
            _say(either(f"data, settings and logs: {folder}", f"数据、设置和日志:{folder}"))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/demo", description="Run a village on this machine.")
    parser.add_argument("--clip", type=Path, metavar="FILE", help="film of the household's camera")
    parser.add_argument("--rtsp", metavar="URL", help="a real camera instead of the film")
    parser.add_argument("--synthetic", action="store_true", help="scripted cameras only, nothing is downloaded")
    parser.add_argument("--nodes", type=_node_count, default=3, metavar="N", help="number of nodes, 3 to 12")
    parser.add_argument("--once", action="store_true", help="stop after the first receipted alert, print the delays")
    parser.add_argument("--limit", type=float, default=ONCE_LIMIT_S, metavar="S", help="seconds that --once waits")
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="port of the hub's page")
    parser.add_argument("--keep", action="store_true", help="leave the data for a look")
    options = parser.parse_args()
    if options.clip and not options.clip.is_file():
        parser.error(either(f"{options.clip}: no such film file", f"{options.clip}:没有这个视频文件"))
    return options


def _node_count(text: str) -> int:
    count = int(text)
    if not 3 <= count <= len(NAMES):
        raise argparse.ArgumentTypeError(f"{count}, expected 3 to {len(NAMES)}")
    return count


def _start(options: argparse.Namespace, folder: Path, parts: list[Child | Village]) -> tuple[Village, str]:
    """Start the camera and the village, noting in parts what is to be stopped; return the village, the film's name."""
    clips = render(ROOT / ".cache/film", say=_say) if options.synthetic else None
    if clips is None:
        clips = prepare(ROOT / ".cache/film", clip=options.clip, say=_say)
    film = "synthetic" if options.synthetic else options.clip.name if options.clip else "vtest.avi"
    first = _first_house(options, clips, folder, parts)
    village = Village(
        folder,
        [first, *_other_houses(options.nodes, clips)],
        hub_page=_page_port(options.port),
        station_page=_page_port(options.port + 1),
    )
    parts.append(village)
    village.start()
    return village, scrub(options.rtsp) if options.rtsp else film


def _first_house(
    options: argparse.Namespace, clips: PreparedClips, folder: Path, parts: list[Child | Village]
) -> House:
    if options.rtsp:
        return House(CAMERA_NODE, NAMES[0], options.rtsp)
    port = free_port()
    camera = rtsp_camera(clips.main.parent, port=port, log=folder / "camera.log")
    parts.append(camera)
    camera.start()
    return House(CAMERA_NODE, NAMES[0], rtsp_url(port, clips.main.name), rtsp_url(port, clips.sub.name))


def _other_houses(count: int, clips: PreparedClips) -> list[House]:
    mask = (((0.0, 0.0), (0.25, 0.0), (0.25, 0.2), (0.0, 0.2)),)
    houses = [
        House("gate-2", NAMES[1], f"file:{clips.sub}?loop=1", privacy=mask),
        House("gate-3", NAMES[2], "synthetic:evening?seed=1&size=640x360&fps=10", expected_fps=10),
    ]
    for number in range(4, count + 1):
        url = f"synthetic:evening?seed={number}&size=320x180&fps=5"
        houses.append(House(f"gate-{number}", NAMES[number - 1], url, expected_fps=5))
    return houses


def _page_port(wanted: int) -> int:
    if is_free(wanted):
        return wanted
    port = free_port()
    _say(either(f"port {wanted} is in use, taking {port}", f"端口 {wanted} 已被占用,改用 {port}"))
    return port


def _once(village: Village, hub: Sight, station: Sight, *, film: str, limit_s: float) -> int:
    deadline = time.monotonic() + limit_s
    _say(either(f"waiting for the first alert from the camera ({film})", f"等待摄像机的第一条警情({film})"))
    while time.monotonic() < deadline:
        village.check_alive()
        for alert in reversed(hub.alerts(50)):
            if alert.node == CAMERA_NODE and alert.kind == "motion":
                way = passage(hub, station, alert.id)
                if way is not None:
                    _report(way, hub, station)
                    return 0
        time.sleep(0.05)
    _explain(village, hub, station, limit_s)
    return 1


def _report(way: Passage, hub: Sight, station: Sight) -> None:
    _say(either("the station holds the alert and the hub has its receipt", "派出所已收到警情,村中心已收到回执"))
    for english, chinese, milliseconds in way.delays_ms():
        print(f"  {milliseconds:8.1f} ms  {either(english, chinese)}")
    for name, sight in ((either("hub", "村中心"), hub), (either("station", "派出所"), station)):
        counts = ", ".join(f"{what} {count}" for what, count in sight.counts().items())
        print(f"  {name}: {counts}")


def _explain(village: Village, hub: Sight, station: Sight, limit_s: float) -> None:
    print(
        either(f"no receipted alert within {limit_s:g} s", f"{limit_s:g} 秒内没有得到回执的警情")
        + f": hub {hub.counts()}, station {station.counts()}",
        file=sys.stderr,
    )
    for child in village.children:
        print(f"--- {child.name}\n{child.last_words(3)}", file=sys.stderr)


def _show(village: Village, hub: Sight, station: Sight) -> None:
    console = Console()
    addresses = either(
        f"hub http://127.0.0.1:{village.hub_page}   station http://127.0.0.1:{village.station_page}   Ctrl-C stops",
        f"村中心 http://127.0.0.1:{village.hub_page}   派出所 http://127.0.0.1:{village.station_page}   Ctrl-C 停止",
    )
    if console.is_terminal:
        with Live(console=console, auto_refresh=False, screen=False) as live:
            _repeat(village, lambda: live.update(_tables(hub, station, addresses), refresh=True))
    else:
        _say(addresses)
        told: set[str] = set()
        _repeat(village, lambda: _tell_new(hub, told))


def _repeat(village: Village, look: Callable[[], None]) -> None:
    while True:
        village.check_alive()
        look()
        time.sleep(LOOK_S)


def _word(kind: str) -> str:
    """Return what the console calls a kind of event, in the language of the terminal."""
    return WORDS["zh" if is_chinese() else "en"].say(f"kind.{kind}")


def _tables(hub: Sight, station: Sight, addresses: str) -> Group:
    events = Table(title=either("events at the hub", "村中心收到的事件"), title_justify="left", expand=True)
    for name in either("began node kind phase seconds", "开始 节点 类型 阶段 秒").split():
        events.add_column(name)
    for event in hub.events(8):
        began = event.began.astimezone().strftime("%H:%M:%S")
        events.add_row(began, event.node, _word(event.kind), event.phase, f"{event.seconds:.1f}")
    alerts = Table(title=either("alerts", "警情"), title_justify="left", expand=True)
    for name in either(
        "raised household kind level count state receipt pictures", "时间 住户 类型 级别 次数 状态 回执 图片"
    ).split():
        alerts.add_column(name)
    for alert in hub.alerts(8):
        receipt = "-" if alert.delivered is None else alert.delivered.astimezone().strftime("%H:%M:%S")
        raised = alert.raised.astimezone().strftime("%H:%M:%S")
        alerts.add_row(
            raised, alert.household, _word(alert.kind), str(alert.level), str(alert.count), alert.state, receipt,
            str(alert.pictures),
        )  # fmt: skip
    at_station = ", ".join(f"{what} {count}" for what, count in station.counts().items())
    return Group(events, alerts, either(f"station: {at_station}", f"派出所:{at_station}"), addresses)


def _tell_new(hub: Sight, told: set[str]) -> None:
    for alert in reversed(hub.alerts(20)):
        for word in ("raised", "receipted"):
            key = f"{alert.id} {word}"
            if key in told or (word == "receipted" and alert.delivered is None):
                continue
            told.add(key)
            print(f"{alert.household} {alert.kind} level {alert.level}: {word}", flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


def _stop(*_: object) -> None:
    raise Stopped


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
