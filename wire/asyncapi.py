"""The wire as an AsyncAPI 3.0 document, made from the types: what other implementations read.

    python -m wire.asyncapi tests/data/wire/v1 > docs/ref/asyncapi.json

The argument is the folder of written-down messages, from which the examples are taken. A test keeps the committed
document current. Upstream: wire.messages, wire.topics, wire.codec (limits).
"""

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from wire import codec
from wire.messages import Ack, Alert, Answer, Batch, ChunkHead, Command, Event, Health, HubState, Record, State, Step
from wire.topics import HUB_STATE, NAME_PATTERN, ROOT, UPWARD

Json = dict[str, Any]
SCHEMAS = "#/components/schemas/"
BODIES = (Event, Answer, Alert, Step)
TYPES = (*BODIES, Record, Batch, Ack, State, HubState, Command, Health, ChunkHead)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said on one topic.

    payload: a type, None for bytes that a schema cannot describe. most_bytes: of one publish.
    examples: the written-down messages that show it.
    """

    leaf: str
    title: str
    text: str
    payload: type[msgspec.Struct] | None
    most_bytes: int
    qos: Literal[0, 1] = 1
    retain: bool = False
    examples: tuple[str, ...] = ()


SAID: tuple[Said, ...] = (
    Said(
        "event",
        "Batch",
        "1 to 50 numbered records. The node keeps them until `ack` covers their numbers; a hub takes mark + 1 after "
        "mark, and nothing twice.",
        Batch,
        codec.MAX_BATCH,
        examples=("batch",),
    ),
    Said(
        "bulk",
        "Chunk",
        "A piece of a picture or clip: the length of the head in two bytes, big-endian; the head, a ChunkHead in JSON "
        f"of at most {codec.MAX_CHUNK_HEAD} bytes; then 1 to {codec.MAX_CHUNK_DATA} bytes of the item from `offset`.",
        None,
        2 + codec.MAX_CHUNK_HEAD + codec.MAX_CHUNK_DATA,
    ),
    Said(
        "state",
        "State",
        "A node's own word about itself, and its last will. `online` is also its hello: the hub answers with its "
        "marks.",
        State,
        codec.MAX_SMALL,
        retain=True,
        examples=("state-online", "state-will"),
    ),
    Said(
        "health",
        "Health",
        "The heartbeat, every 30 s. A value the machine cannot tell is absent.",
        Health,
        codec.MAX_SMALL,
        qos=0,
        examples=("health", "health-bare"),
    ),
    Said(
        "ack",
        "Ack",
        "The hub holds everything of this lane and epoch up to `number`. A lost one costs a resend, never data.",
        Ack,
        codec.MAX_SMALL,
        qos=0,
        examples=("ack-event", "ack-bulk"),
    ),
    Said(
        "command",
        "Command",
        "A request. It is sent again until an Answer record came; the same id is carried out once.",
        Command,
        codec.MAX_SMALL,
        examples=("command-ping", "command-clip", "command-step"),
    ),
    Said(
        "desired",
        "Desired",
        "Wanted settings. Reserved: a node of this version ignores what it hears here.",
        None,
        codec.MAX_SMALL,
        retain=True,
    ),
    Said(
        "hubState",
        "HubState",
        "The hub's word about itself, and its last will. While it says `down`, or says nothing, nodes keep their "
        "records and wait.",
        HubState,
        codec.MAX_SMALL,
        retain=True,
        examples=("hub-up", "hub-will"),
    ),
)


def document(examples: Mapping[str, Any]) -> Json:
    """Return the document. examples: the written-down messages by name, parsed."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Linli wire",
            "version": f"{codec.VERSION}.0.0",
            "description": (
                "What nodes and village hubs, and village hubs and the station, say to each other over MQTT 3.1.1. "
                "One level up the tree is the same, with hubs in the place of nodes. Unknown fields are ignored; an "
                "unknown `v` is refused; a text, list or message above its limit is refused. A broker's PUBACK is no "
                "receipt: only `ack` is."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {said.leaf: _channel(said) for said in SAID},
        "operations": {name: operation for said in SAID for name, operation in _operations(said)},
        "components": {
            "schemas": _schemas(),
            "messages": {said.title: _message(said, examples) for said in SAID},
            "parameters": {"node": {"description": f"Name of the node, or of the hub one level up: {NAME_PATTERN}"}},
        },
    }


def _channel(said: Said) -> Json:
    is_hub = said.leaf == "hubState"
    channel: Json = {
        "address": HUB_STATE if is_hub else f"{ROOT}/{{node}}/{said.leaf}",
        "description": said.text,
        "messages": {said.title: {"$ref": f"#/components/messages/{said.title}"}},
    }
    if not is_hub:
        channel["parameters"] = {"node": {"$ref": "#/components/parameters/node"}}
    return channel


def _operations(said: Said) -> list[tuple[str, Json]]:
    """Return both sides of a topic: who sends, and who receives."""
    is_upward = said.leaf in UPWARD
    sender, hearer = ("node", "hub") if is_upward else ("hub", "node")
    title = said.leaf[0].upper() + said.leaf[1:]
    return [
        (f"{side}{verb.capitalize()}s{title}", _operation(said, side=side, verb=verb))
        for side, verb in ((sender, "send"), (hearer, "receive"))
    ]


def _operation(said: Said, *, side: str, verb: str) -> Json:
    mqtt: Json = {"qos": said.qos, "bindingVersion": "0.2.0"}
    if verb == "send":
        mqtt["retain"] = said.retain
    return {
        "action": verb,
        "channel": {"$ref": f"#/channels/{said.leaf}"},
        "summary": f"The {side} {verb}s {said.title}.",
        "tags": [{"name": side}],
        "bindings": {"mqtt": mqtt},
        "messages": [{"$ref": f"#/channels/{said.leaf}/messages/{said.title}"}],
    }


def _message(said: Said, examples: Mapping[str, Any]) -> Json:
    message: Json = {
        "name": said.title,
        "title": said.title,
        "description": f"{said.text} At most {said.most_bytes} bytes.",
        "contentType": "application/json",
        "payload": {"type": "object"},
    }
    if said.leaf == "bulk":
        message |= {"contentType": "application/octet-stream", "payload": {"type": "string", "format": "binary"}}
        message["x-head"] = {"$ref": f"{SCHEMAS}ChunkHead"}
    if said.payload is not None:
        message["payload"] = {"$ref": f"{SCHEMAS}{said.payload.__name__}"}
        message["examples"] = [{"name": name, "payload": examples[name]} for name in said.examples]
    return message


def _schemas() -> Json:
    _, components = msgspec.json.schema_components(TYPES, ref_template=SCHEMAS + "{name}")
    schemas: Json = {name: _in_draft_7(schema) for name, schema in sorted(components.items())}
    for kind in TYPES:
        schemas[kind.__name__]["description"] = inspect.getdoc(kind) or ""
    schemas["Batch"]["properties"]["records"]["items"] = {"$ref": f"{SCHEMAS}Record"}
    # Which one it is, `type` says; a hub keeps a type it does not know and goes on.
    schemas["Record"]["properties"]["data"] = {
        "description": "By type: " + ", ".join(f"{name} {kind.__name__}" for name, kind in codec.BODIES.items()),
        "anyOf": [*({"$ref": f"{SCHEMAS}{kind.__name__}"} for kind in BODIES), {"type": "object"}],
    }
    return schemas


def _in_draft_7(schema: Any) -> Any:
    """Return a schema in AsyncAPI's own dialect, JSON Schema draft 7, which says tuples in other words."""
    if isinstance(schema, list):
        return [_in_draft_7(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _in_draft_7(value) for key, value in schema.items() if key != "prefixItems"}
    if "prefixItems" in schema:
        told["items"] = _in_draft_7(schema["prefixItems"])
        told["additionalItems"] = schema.get("items", True)
    return told


def read_examples(folder: Path) -> Json:
    """Return the written-down messages of a folder by name."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def text(folder: Path) -> str:
    """Return the document as it is committed."""
    return json.dumps(document(read_examples(folder)), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Print the document."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("expected the folder of written-down messages, such as tests/data/wire/v1", file=sys.stderr)
        return 2
    sys.stdout.write(text(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
