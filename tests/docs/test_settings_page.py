from pathlib import Path

import msgspec
import pytest

from docs.ref.make_settings import PROGRAMS, page, tables

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_of_settings_is_what_the_code_says() -> None:
    again = "python -m docs.ref.make_settings > docs/ref/settings.md"
    assert (ROOT / "docs" / "ref" / "settings.md").read_text("utf-8") == page(), f"it is old; make it new: {again}"


@pytest.mark.parametrize("kind", [kind for _, _, kind in PROGRAMS], ids=lambda kind: kind.__name__)
def test_every_table_and_key_is_on_the_page_with_its_meaning(kind: type[msgspec.Struct]) -> None:
    made = list(tables(kind))
    rows = [line for table in made for line in table.splitlines() if line.startswith("| `")]

    heads = [table.splitlines()[0].strip("# `[]") for table in made]
    assert [head for head in heads if "." not in head] == [field.name for field in msgspec.structs.fields(kind)]
    assert ("camera.zone" in heads) == ("camera" in heads)
    assert all(cell.strip() for row in rows for cell in row.strip("|").replace("\\|", "").split("|"))
    assert all(table.split("\n\n")[1].strip() for table in made)
