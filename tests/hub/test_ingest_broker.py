"""Ingest behind a real Mosquitto: nothing lost, nothing twice, across a broker that restarts and forgets."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from base.clock import ManualClock, SystemClock
from base.errors import LinkDown
from base.link import Message
from base.link.mqtt import Address, MqttLink
from base.service import Loop, Service
from hub.ingest import Ingest
from hub.liveness import Liveness
from hub.pictures import Pictures
from hub.store import Store, open_store
from hub.store.tables import mark, record
from tests.hub.ingest_rig import BOOT, EPOCH
from tests.hub.ingest_rig import record as make_record
from tests.mosquitto import Mosquitto
from wire import codec, topics
from wire.messages import Ack, State

TOTAL = 5000
HALF = 2500
BATCH = 50
WINDOW = 1000
PATIENCE_S = 60.0


class Sender:
    """A node's courier in its smallest form: sends a window from the mark, and goes back when it is told so."""

    def __init__(self, broker: Mosquitto) -> None:
        self.mark = 0
        self.sent = 0
        self.limit = HALF
        self.restarts = 0
        self._changed = threading.Condition()
        self._clock = ManualClock()
        self._records = [make_record("wang", EPOCH, number, self._clock) for number in range(1, TOTAL + 1)]
        self.link = MqttLink(Address(broker.host, broker.port, client_id="wang"))
        self.link.hearers.on_message = self._hear
        self.link.hearers.on_change = self._turn
        self.link.start(["linli/v1/wang/ack"], None)

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        """Wait until something that was heard makes the condition true."""
        with self._changed:
            return self._changed.wait_for(condition, PATIENCE_S)

    def go_on(self) -> None:
        """Send what is left too."""
        with self._changed:
            self.limit = TOTAL
            self._fill()

    def _turn(self, up: bool) -> None:
        if up:
            hello = State(node="wang", state="online", epoch=EPOCH, boot=BOOT)
            self.link.publish("linli/v1/wang/state", codec.encode(hello), retain=True)
            with self._changed:
                self.restarts += 1
                self._changed.notify_all()

    def _hear(self, message: Message) -> None:
        ack = codec.decode(Ack, message.payload)
        if ack.lane != "event":
            return
        with self._changed:
            if ack.number > self.mark:
                self.mark = ack.number
                self.sent = max(self.sent, self.mark)
            else:
                # The same mark again: a hello was answered, or what was sent beyond it met a gap. Go back to it.
                self.sent = self.mark
            self._changed.notify_all()
            self._fill()

    def _fill(self) -> None:
        while self.sent < min(self.mark + WINDOW, self.limit):
            first = self.sent + 1
            last = min(self.sent + BATCH, self.limit)
            batch = codec.encode_batch(
                self._records[first - 1 : last],
                node="wang",
                epoch=EPOCH,
                first=first,
                oldest=1,
                sent=self._clock.wall(),
            )
            try:
                self.link.publish("linli/v1/wang/event", batch)
            except LinkDown:
                return  # The hello on the next connection brings the mark, and with it a new beginning.
            self.sent = last


class RunningHub:
    """Ingest in its own thread, as the service runs it."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        clock = SystemClock()
        self.store: Store = open_store(folder / "hub.db")
        self.link = MqttLink(Address(broker.host, broker.port, client_id="hub-a.hub"))
        liveness = Liveness(self.store, clock, lambda: self.link.is_up)
        pictures = Pictures(folder / "pictures", self.store, self.link, clock, keep_days=30)
        self.ingest = Ingest(
            self.store, self.link, clock, poke_clerk=lambda: None, pictures=pictures, liveness=liveness
        )
        loops = [Loop("ingest", self.ingest.step), Loop("pictures", pictures.step), Loop("liveness", liveness.step)]
        self.ingest.poke = loops[0].poke
        self.link.hearers.on_message = self.ingest.hear
        self.link.hearers.on_change = self.ingest.link_changed
        self.service = Service(loops)
        self._thread = threading.Thread(target=self.service.run)
        self._thread.start()
        self.link.start(topics.for_hub(), None)

    def close(self) -> None:
        self.ingest.close()
        self.link.stop()
        self.service.stop()
        self._thread.join(20)
        self.store.close()


@pytest.fixture
def running(tmp_path: Path, broker: Mosquitto) -> Iterator[RunningHub]:
    made = RunningHub(tmp_path, broker)
    yield made
    made.close()


@pytest.mark.e2e
def test_five_thousand_records_arrive_once_across_a_restart_of_the_broker(
    running: RunningHub, broker: Mosquitto
) -> None:
    sender = Sender(broker)
    assert sender.wait_for(lambda: sender.mark == HALF)
    # What is sent to a hanging broker that then dies is lost for certain.
    broker.freeze()
    sender.go_on()
    assert sender.sent > HALF
    broker.kill()
    broker.start()
    assert sender.wait_for(lambda: sender.restarts == 2)
    assert sender.wait_for(lambda: sender.mark == TOTAL)
    sender.link.stop()

    with running.store.read() as connection:
        stored, distinct, last = connection.execute(
            select(func.count(), func.count(record.c.number.distinct()), func.max(record.c.number))
        ).one()
        held = connection.execute(select(mark.c.number).where(mark.c.lane == "event")).scalar_one()
    assert (stored, distinct, last, held) == (TOTAL, TOTAL, TOTAL, TOTAL)
