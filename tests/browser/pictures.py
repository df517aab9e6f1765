"""Make the README's pictures of the console: python -m tests.browser.pictures [FOLDER]."""

import sys
import tempfile
from pathlib import Path

from base.clock import ManualClock
from hub.store import tables as t
from tests.browser import scenery
from tests.browser.chromium import DESK, PHONE, chromium, open_context, served, sign_in
from tests.hub.console.village import NOW, Village

HERE = Path(__file__).resolve().parents[2] / "docs" / "pictures"


def quiet_night(folder: Path) -> Village:
    """A village at 02:20: somebody at a gate, a covered lens, a trike on the lane, a cat that was no burglar."""
    village = Village(folder, clock=ManualClock(NOW))
    _devices(village)
    for number in range(4):
        village.event(None, suppressed=True, node="sun", began=village.ago(4000 + 900 * number), reasons=[])
    _open_alerts(village)
    _closed_alerts(village)
    village.put(t.mute, node="sun", camera=None, until=village.ago(-13_000), reason="亲友来访", who="李支书",
                created_at=village.ago(15_000))  # fmt: skip
    return village


def _devices(village: Village) -> None:
    fine = {"temperature_c": 47.0}
    village.node("wang-guoqing", "王国庆家", cameras={"院门": "live", "后院": "live"}, health=fine)
    village.node("cangku", "村东粮仓", cameras={"大门": "live", "库房": "live"}, health={"temperature_c": 44.0})
    village.node(
        "chen-xiulan", "陈秀兰家", cameras={"堂屋": "live"}, health={"undervoltage_ever": True, "temperature_c": 58.0}
    )
    village.node("zhao-dajun", "赵大军家", cameras={"路口": "live"}, health={"temperature_c": 52.0})
    village.node("liu-yumei", "刘玉梅家", cameras={"院子": "live", "鸡舍": "lost"}, health={"temperature_c": 49.0})
    village.node("sun", "孙家", cameras={"大门": "live"}, health={"temperature_c": 46.0})
    village.node(
        "xiaomaibu",
        "村口小卖部",
        cameras={"门口": "live", "后窗": "live"},
        health={"temperature_c": 81.0, "undervoltage_now": True},
        skew_ms=6200,
    )
    village.node("ma-lijun", "马立军家", state="paused", cameras={"院子": "paused"}, health={"temperature_c": 45.0})
    village.node(
        "huang",
        "黄家老屋",
        state="silent",
        cameras={"院门": "lost"},
        health={"disk_free_bytes": 900_000_000},
        seen_s=5200,
    )
    village.node("yulin", "河边鱼塘", state="offline", cameras={"塘边": "lost"}, health={"spool": []}, seen_s=31_000)
    village.node("xin-zhou", "周家（新装）", state="never_seen", seen_s=None)


def _open_alerts(village: Village) -> None:
    covered = village.alert(
        "cangku", "村东粮仓", level=3, kind="camera_covered", camera="库房", raised=village.ago(52), forwarded=True,
        sent_at=village.ago(51), delivered_at=village.ago(51), reasons=_why("camera_covered", "02:19", "库房"),
    )  # fmt: skip
    event = village.event(covered, "cangku", camera="库房", kind="camera_covered", began=village.ago(55))
    village.picture(scenery.covered_lens(), node="cangku", event=event)
    gate = village.alert(
        "wang-guoqing", "王国庆家", count=4, raised=village.ago(199), updated=village.ago(40), forwarded=True,
        sent_at=village.ago(198), delivered_at=village.ago(197.9), seen_at=village.ago(120), owner="李支书",
        state="owned", reasons=_why("motion", "02:16", "院门"), trace=_trace(village),
    )  # fmt: skip
    for number, (steps, people) in enumerate(((0.25, 1), (0.8, 2), (0.45, 1))):
        event = village.event(gate, "wang-guoqing", began=village.ago(200 - 40 * number), clip=village.clip())
        village.picture(
            scenery.gate_at_night(steps=steps, people=people, clock=f"02:1{6 + number}:41"),
            node="wang-guoqing",
            event=event,
        )
    village.put(
        t.step,
        id="p1",
        alert=gate,
        step="owned",
        who="李支书",
        place="liushu",
        at=village.ago(120),
        note="",
        stored_at=village.ago(120),
    )
    lane = village.alert("zhao-dajun", "赵大军家", camera="路口", raised=village.ago(9500), updated=village.ago(9480),
        forwarded=True, sent_at=village.ago(9499), reasons=_why("motion", "23:41", "路口"))  # fmt: skip
    event = village.event(lane, "zhao-dajun", camera="路口", began=village.ago(9510), clip=village.clip())
    village.picture(scenery.lane_with_trike(), node="zhao-dajun", event=event)


def _closed_alerts(village: Village) -> None:
    for number, (node, household, level, outcome) in enumerate(
        (("liu-yumei", "刘玉梅家", 2, "false_animal"), ("chen-xiulan", "陈秀兰家", 4, "real_no_harm"),
         ("xiaomaibu", "村口小卖部", 2, "legitimate"), ("sun", "孙家", 1, "false_light"))
    ):  # fmt: skip
        raised = village.ago(1700 + 1500 * number)
        alert = village.alert(node, household, level=level, raised=raised, state="closed", outcome=outcome,
            closed_at=village.ago(1500 + 1500 * number), seen_at=village.ago(1600 + 1500 * number))  # fmt: skip
        event = village.event(alert, node, began=raised)
        village.picture(scenery.yard_with_cat(), node=node, event=event)


def _trace(village: Village) -> dict[str, str]:
    doors = {"seen": 0.0, "recorded": 0.38, "sent": 0.41, "stored": 0.424, "raised": 0.431}
    return {name: (village.ago(199.4 - after)).isoformat() for name, after in doors.items()}


def _why(code: str, at: str, camera: str) -> list[dict[str, object]]:
    return [{"code": code, "values": {"at": at, "camera": camera}}, {"code": "armed", "values": {"at": at}}]


def station_desk(folder: Path) -> Village:
    """The station above it, with alerts of three villages."""
    station = Village(folder, role="station", title="青石镇派出所", name="qingshi", clock=ManualClock(NOW))
    for name, title, state in (
        ("liushu", "柳树村", "online"),
        ("beipo", "北坡村", "online"),
        ("hekou", "河口村", "silent"),
    ):
        station.node(name, title, state=state, health={})
    for name, title, household, level, kind, age in (
        ("liushu", "柳树村", "村东粮仓", 3, "camera_covered", 50), ("beipo", "北坡村", "吴春生家", 4, "sos", 95),
        ("liushu", "柳树村", "王国庆家", 2, "motion", 196), ("hekou", "河口村", "砖厂", 2, "motion", 820),
    ):  # fmt: skip
        camera = "" if kind == "sos" else "大门"
        alert = station.alert(
            name, household, origin=name, village=title, level=level, kind=kind, camera=camera or None,
            raised=station.ago(age), received_at=station.ago(age - 1), reasons=_why(kind, "02:17", camera)[:1],
        )  # fmt: skip
        picture = scenery.covered_lens() if kind == "camera_covered" else scenery.gate_at_night(steps=age % 7 / 8)
        if kind != "sos":
            station.picture(picture, node=name, alert=alert)
    return station


def main(folder: Path) -> None:
    """Write inbox-desk.png, inbox-phone.png, nodes.png, alert.png, station.png."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as room, chromium() as browser:
        village = quiet_night(Path(room) / "village")
        with served(village) as address:
            alert = next(row.id for row in village.rows(t.alert) if row.owner)
            for name, path, size in (
                ("inbox-desk", "/", DESK), ("inbox-phone", "/", PHONE), ("nodes", "/nodes", DESK),
                ("alert", f"/alert/{alert}", DESK),
            ):  # fmt: skip
                _take(browser, address, path, folder / f"{name}.png", size)
        with served(station_desk(Path(room) / "station")) as address:
            _take(browser, address, "/", folder / "station.png", DESK)


def _take(browser: object, address: str, path: str, file: Path, size: tuple[int, int], **options: object) -> None:
    context, _ = open_context(browser, size, locale="zh-CN", **options)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, address, "李支书", path)
    page.wait_for_function("[...document.images].every((image) => image.complete || image.loading === 'lazy')")
    page.wait_for_load_state("load")
    page.screenshot(path=str(file))
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
