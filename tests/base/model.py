"""A hub as docs/design/durability.md describes it, in memory: what couriers and carriers are tested against.

Nothing happens by itself: `take` reads what came, `say` publishes the acknowledgements, and a test may lose, repeat or
reorder them in between.
"""

import hashlib

from base.link import Message, Will
from base.link.loopback import LoopbackBroker, LoopbackLink
from wire import codec
from wire.errors import WireError
from wire.messages import Ack, ChunkHead, Event, HubState, State
from wire.topics import HUB, HUB_STATE, Topic, for_hub, parse_topic

NAME = "willow"


class ModelHub:
    """What a hub holds, and what it says.

    records: event ids by (epoch, number). items: contents by (epoch, number). order: lanes as their publishes came.
    """

    def __init__(self, broker: LoopbackBroker) -> None:
        self.records: dict[tuple[str, int], str] = {}
        self.items: dict[tuple[str, int], bytes] = {}
        self.marks: dict[tuple[str, str], int] = {}
        self.holes: list[tuple[str, str, int, int]] = []
        self.acks: list[tuple[str, Ack]] = []
        self.order: list[tuple[str, int]] = []
        self.refused: list[str] = []
        self.repeats = 0
        self.credit = 100
        self._parts: dict[tuple[str, int], bytes] = {}
        self._inbox: list[Message] = []
        self.link = LoopbackLink(broker)
        self.link.hearers.on_message = self._inbox.append
        self.link.start(for_hub(), Will(HUB_STATE, codec.encode(HubState(hub=NAME, state="down"))))

    def state(self, state: str) -> None:
        """Say up or down, retained."""
        message = HubState(hub=NAME, state=state, credit=self.credit)  # type: ignore[arg-type]
        self.link.publish(HUB_STATE, codec.encode(message), retain=True)

    def lose_everything(self) -> None:
        """Begin with an empty store."""
        self.records.clear()
        self.items.clear()
        self.marks.clear()
        self.holes.clear()
        self.restart()

    def restart(self) -> None:
        """Lose what is in memory: what came and was not taken, half-received items, acknowledgements not said."""
        self._parts.clear()
        self._inbox.clear()
        self.acks.clear()

    def take(self) -> None:
        """Read everything that came."""
        messages, self._inbox[:] = list(self._inbox), []
        for message in messages:
            try:
                self._take(message)
            except WireError as fault:
                self.refused.append(str(fault))

    def say(self) -> None:
        """Publish the acknowledgements, in order."""
        acks, self.acks = self.acks, []
        for node, ack in acks:
            self.tell(node, ack)

    def tell(self, node: str, ack: Ack) -> None:
        """Publish one acknowledgement."""
        self.link.publish(str(Topic(node, "ack")), codec.encode(ack), qos=0)

    def serve(self) -> None:
        """Take and say."""
        self.take()
        self.say()

    def missing(self) -> list[tuple[str, str, int]]:
        """Numbers up to a mark that are neither held nor written down as a hole."""
        held = {("event", *key) for key in self.records} | {("bulk", *key) for key in self.items}
        gone = {
            (lane, epoch, number) for lane, epoch, first, last in self.holes for number in range(first, last + 1)
        }
        return [
            (lane, epoch, number)
            for (lane, epoch), mark in self.marks.items()
            for number in range(1, mark + 1)
            if (lane, epoch, number) not in held | gone
        ]

    def _take(self, message: Message) -> None:
        topic = parse_topic(message.topic)
        if topic.leaf == "event":
            self._batch(topic.node, message.payload)
        elif topic.leaf == "bulk":
            self._chunk(topic.node, message.payload)
        elif topic.leaf == "state" and topic.node != HUB:
            state = codec.decode(State, message.payload)
            if state.state != "offline":
                self._answer(topic.node, "event", state.epoch)
                self._answer(topic.node, "bulk", state.epoch)

    def _answer(self, node: str, lane: str, epoch: str) -> None:
        mark = self.marks.get((lane, epoch), 0)
        offset = len(self._parts.get((epoch, mark + 1), b"")) if lane == "bulk" else 0
        self.acks.append((node, Ack(lane=lane, epoch=epoch, number=mark, offset=offset)))  # type: ignore[arg-type]

    def _batch(self, node: str, payload: bytes) -> None:
        batch, members = codec.decode_batch(payload, node=node)
        self.order.append(("event", batch.first))
        if self._may_take("event", batch.epoch, batch.first, batch.oldest):
            for record, _ in members:
                if record.number <= self.marks.get(("event", batch.epoch), 0):
                    self.repeats += 1
                    continue
                body = codec.decode_body(record)
                assert isinstance(body, Event)
                self.records[batch.epoch, record.number] = body.event
                self.marks["event", batch.epoch] = record.number
        self._answer(node, "event", batch.epoch)

    def _chunk(self, node: str, payload: bytes) -> None:
        head, data = codec.decode_chunk(payload, node=node)
        self.order.append(("bulk", head.number))
        key = (head.epoch, head.number)
        if head.number > self.marks.get(("bulk", head.epoch), 0) and self._may_take(
            "bulk", head.epoch, head.number, head.oldest
        ):
            part = self._parts.get(key, b"")
            if head.offset == len(part):
                part = self._parts[key] = part + data
            if len(part) == head.size:
                self._finish(head, part)
        self._answer(node, "bulk", head.epoch)

    def _finish(self, head: ChunkHead, content: bytes) -> None:
        del self._parts[head.epoch, head.number]
        assert hashlib.sha256(content).hexdigest() == head.sha256
        self.items[head.epoch, head.number] = content
        self.marks["bulk", head.epoch] = head.number

    def _may_take(self, lane: str, epoch: str, first: int, oldest: int) -> bool:
        mark = self.marks.get((lane, epoch), 0)
        if first > mark + 1 and first == oldest:
            self.holes.append((lane, epoch, mark + 1, first - 1))
            self.marks[lane, epoch] = mark = first - 1
        return first <= mark + 1
