"""docs/ref/asyncapi.json is what wire.asyncapi prints, and AsyncAPI's own parser finds no fault in it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wire.golden import FOLDER, GOLDEN
from wire.asyncapi import document, read_examples, text
from wire.topics import DOWNWARD, HUB_STATE, UPWARD

ROOT = Path(__file__).resolve().parent.parent.parent
COMMITTED = ROOT / "docs" / "ref" / "asyncapi.json"
CACHE = ROOT / ".cache" / "asyncapi"
PARSER = "@asyncapi/parser@3.6.3"
CHECK = """
const { Parser } = require("@asyncapi/parser");
const Ajv = require("ajv");
const text = require("fs").readFileSync(0, "utf-8");
const made = JSON.parse(text);
// The parser itself looks at no example of a version 3 document.
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(made, "made");
const wrong = Object.values(made.components.messages).flatMap((message) => (message.examples || [])
  .filter((example) => !ajv.validate({ $ref: "made" + message.payload.$ref }, example.payload))
  .map((example) => `example ${example.name}: ${ajv.errorsText()}`));
new Parser().parse(text).then(({ document, diagnostics }) => {
  const faults = diagnostics.filter((each) => each.severity === 0);
  const channels = document ? document.channels().all().length : 0;
  const said = faults.map((each) => `${each.path.join(".")}: ${each.message}`);
  process.stdout.write(JSON.stringify({ channels, faults: [...said, ...wrong] }));
});
"""


def run_parser(document_text: str) -> dict[str, object]:
    """What AsyncAPI's parser says of a document."""
    run = subprocess.run(
        ["node", "-e", CHECK], input=document_text, capture_output=True, text=True, cwd=CACHE, timeout=100, check=False
    )
    assert run.returncode == 0, run.stderr
    said: dict[str, object] = json.loads(run.stdout)
    return said


@pytest.fixture(scope="module")
def parser() -> None:
    """Make the parser ready in the cache folder; skip where that cannot be, but never where CI can."""
    must = os.environ.get("CI") == "true"
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("THE ASYNCAPI DOCUMENT IS NOT VALIDATED: node and npm are missing; install one package: npm")
    if (CACHE / "node_modules" / "@asyncapi" / "parser").is_dir():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(CACHE), PARSER]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
        fault = "" if made.returncode == 0 else made.stderr[-300:]
    except subprocess.TimeoutExpired:
        fault = "npm took longer than 110 s"
    if fault:
        shutil.rmtree(CACHE / "node_modules", ignore_errors=True)
        say = f"THE ASYNCAPI DOCUMENT IS NOT VALIDATED: npm cannot install {PARSER}: {fault}"
        pytest.fail(say, pytrace=False) if must else pytest.skip(say)


def test_the_committed_document_is_what_the_types_say() -> None:
    again = "python -m wire.asyncapi tests/data/wire/v1 > docs/ref/asyncapi.json"
    assert COMMITTED.read_text("utf-8") == text(FOLDER), f"docs/ref/asyncapi.json is old; make it new: {again}"


def test_every_topic_has_a_channel_and_both_sides() -> None:
    made = document(read_examples(FOLDER))
    addresses = {channel["address"] for channel in made["channels"].values()}
    operations = made["operations"].values()
    sides = {(operation["channel"]["$ref"].rpartition("/")[2], operation["action"]) for operation in operations}

    assert addresses == {*(f"linli/v1/{{node}}/{leaf}" for leaf in (*UPWARD, *DOWNWARD)), HUB_STATE}
    assert len(addresses) == 8
    assert sides == {(channel, action) for channel in made["channels"] for action in ("send", "receive")}


def test_every_written_down_message_with_a_schema_is_an_example() -> None:
    messages = document(read_examples(FOLDER))["components"]["messages"].values()
    shown = {example["name"] for message in messages for example in message.get("examples", [])}

    # Records are shown inside the batch.
    assert shown == {golden.name for golden in GOLDEN if golden.is_json and not golden.name.startswith("record-")}


@pytest.mark.timeout(240)
def test_the_parser_finds_no_fault_in_the_document(parser: None) -> None:
    assert run_parser(COMMITTED.read_text("utf-8")) == {"channels": 8, "faults": []}


@pytest.mark.timeout(240)
def test_the_parser_finds_an_example_that_breaks_its_schema(parser: None) -> None:
    made = json.loads(COMMITTED.read_text("utf-8"))
    made["components"]["messages"]["Batch"]["examples"][0]["payload"]["records"][0]["number"] = 0

    assert "example batch" in str(run_parser(json.dumps(made))["faults"])


@pytest.mark.timeout(240)
def test_the_parser_finds_an_operation_that_there_is_not(parser: None) -> None:
    broken = COMMITTED.read_text("utf-8").replace('"action": "send"', '"action": "shout"', 1)

    assert "action" in str(run_parser(broken)["faults"])
