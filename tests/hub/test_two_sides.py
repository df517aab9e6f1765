"""A village hub and its station, with what travels between them carried by hand."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.link.loopback import LoopbackBroker, LoopbackLink
from hub.commander import Commander, UplinkCommands
from hub.errors import NotAllowed
from hub.store import tables as t
from tests.hub.village import Place, make_place
from wire.codec import decode, decode_batch, encode_batch
from wire.messages import Command


class TwoSides:
    """Both, and the way between them, which carries only when told to."""

    def __init__(self, folder: Path) -> None:
        self.village = make_place(folder)
        self.station = make_place(folder, name="station", role="station")
        self.broker = LoopbackBroker()
        link = LoopbackLink(self.broker)
        link.start([], None)
        self.commander = Commander(self.station.store, link, self.station.clock, lambda _: True)
        self.obey = UplinkCommands(self.village.store, self.village.desk, self.village.outbox)

    def up(self, *, with_receipt: bool = True) -> None:
        """Carry all that waits in the village to the station; without a receipt it will be carried again."""
        outbox, station = self.village.outbox, self.station
        entries = outbox.read(outbox.oldest(), 50)
        if not entries:
            return
        data = encode_batch(
            [entry.data for entry in entries],
            node="liushu",
            epoch=outbox.epoch,
            first=entries[0].number,
            oldest=outbox.oldest(),
            sent=self.village.clock.wall(),
        )
        batch, records = decode_batch(data, node="liushu")
        held = {row["number"] for row in station.rows(t.record)}
        for record, raw in records:
            if record.number not in held:
                station.insert(
                    t.record, node="liushu", epoch=record.epoch, number=record.number, type=record.type, at=record.time,
                    sent_at=batch.sent, stored_at=station.clock.wall(), raw=raw,
                )  # fmt: skip
        station.work()
        if with_receipt:
            outbox.forget(entries[-1].number)

    def down(self) -> None:
        """Carry the station's requests to the village."""
        self.commander.step()
        for _, payload in self.broker.passed:
            self.obey.hear(decode(Command, payload))
        self.broker.passed.clear()

    def later(self, seconds: float) -> None:
        self.village.later(seconds)
        self.station.later(seconds)

    def settle(self) -> None:
        for _ in range(3):
            self.later(60)
            self.village.work()
            self.up()
            self.down()
        self.up()


STANDING = ("state", "owner", "outcome", "seen_at", "closed_at")


def standing(place: Place) -> list[Any]:
    return [
        {
            key: row[key]
            for key in ("id", "level", "count", "ended", "state", "owner", "outcome", "seen_at", "closed_at")
        }
        for row in place.alerts()
    ]


def test_an_acknowledgement_travels_down_and_another_one_up(tmp_path: Path) -> None:
    sides = TwoSides(tmp_path)
    sides.village.see("e1")
    sides.up()
    (card,) = sides.station.alerts()
    assert (card["origin"], card["household"], card["level"], card["state"]) == ("liushu", "王家", 2, "raised")
    assert sides.village.alerts()[0]["delivered_at"] is not None

    sides.later(5)
    sides.station.desk.act("a0001", "owned", who="张")
    sides.down()
    assert sides.village.alerts()[0]["owner"] == "张"
    assert sides.village.desk.timeline("a0001")[-1].place == "station"

    sides.later(5)
    sides.village.desk.act("a0001", "closed", who="李", outcome="legitimate")
    sides.up()
    assert sides.station.alerts()[0]["state"] == "closed"
    assert standing(sides.station) == standing(sides.village)
    assert [row["ok"] for row in sides.station.rows(t.command)] == [True]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["village", "station", "up", "up again", "down", "see"]),
        st.sampled_from(["seen", "owned", "note", "closed", "reopened"]),
        st.integers(0, 30),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None)
@given(acts=ACTS, ahead=st.integers(-5000, 5000))
def test_hub_and_station_agree_after_any_partition_and_whatever_their_clocks_say(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str, int]], ahead: int
) -> None:
    sides = TwoSides(tmp_path_factory.mktemp("two"))
    sides.station.later(ahead)
    sides.village.see("e0")
    sides.up()
    for number, (what, name, seconds) in enumerate(acts, 1):
        sides.later(seconds)
        if what == "see":
            sides.village.see(f"e{number}")
        elif what in ("up", "up again"):
            sides.up(with_receipt=what == "up")
        elif what == "down":
            sides.down()
        else:
            act(getattr(sides, what), name)
    sides.settle()
    assert standing(sides.station) == standing(sides.village)
    assert steps(sides.station) == steps(sides.village)
    assert all(row["delivered_at"] is not None for row in sides.village.alerts() if row["forwarded"])
    sides.village.store.close()
    sides.station.store.close()


def act(place: Place, name: str) -> None:
    who = place.outbox._name
    try:
        place.desk.act("a0001", name, who=who, outcome="test" if name == "closed" else None, note="x")  # type: ignore[arg-type]
    except NotAllowed:
        assert name in ("owned", "reopened")


def steps(place: Place) -> set[str]:
    return {row["id"] for row in place.rows(t.step)}
