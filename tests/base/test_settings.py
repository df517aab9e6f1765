from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from base.errors import SettingsError
from base.settings import Secret, build, load
from edge.settings import EdgeSettings
from hub.settings import HubSettings


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    """A table."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 1883
    rate: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    mode: Literal["fast", "slow"] = "fast"
    secret_file: Secret | None = None

    def check(self) -> list[tuple[str, str]]:
        """A rule across fields."""
        return [("rate", "too fast for slow")] if self.mode == "slow" and self.rate > 5 else []


def _even_fault(values: tuple[int, ...]) -> str | None:
    return None if all(value % 2 == 0 for value in values) else "expected even numbers"


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    """A tree."""

    data: Path
    name: Annotated[str, msgspec.Meta(pattern="^[a-z]+$", extra={"right": "small letters"})]
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    even: Annotated[tuple[int, ...], msgspec.Meta(extra={"check": _even_fault})] = ()
    levels: dict[Literal["a", "b"], Annotated[int, msgspec.Meta(ge=0, le=4)]] = {}
    on: bool = True


def faults(tmp_path: Path, text: str, kind: type[msgspec.Struct] = Outer) -> list[str]:
    """What is wrong with a file of settings."""
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load(kind, path)
    assert wrong.value.source == str(path)
    return wrong.value.faults


GOOD = 'data = "var"\nname = "gate"\n'


def test_right_settings_become_a_tree(tmp_path: Path) -> None:
    text = 'even = [2, 4]\nlevels = { a = 1 }\n[inner]\nrate = 3\nmode = "slow"\n[[many]]\nport = 1\n[[many]]\n'
    (tmp_path / "s.toml").write_text(GOOD + text)
    tree = load(Outer, tmp_path / "s.toml")

    assert tree.inner == Inner(rate=3.0, mode="slow")
    assert isinstance(tree.inner.rate, float)
    assert [each.port for each in tree.many] == [1, 1883]
    assert (tree.even, tree.levels) == ((2, 4), {"a": 1})


def test_relative_paths_start_from_the_files_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "s.toml").write_text('data = "../var"\nname = "gate"\n[inner]\nsecret_file = "pw"\n')
    (tmp_path / "etc" / "pw").write_text("hunter2\n")
    monkeypatch.chdir("/")
    tree = load(Outer, tmp_path / "etc" / "s.toml")

    assert tree.data == tmp_path.resolve() / "var"
    assert tree.inner.secret_file is not None
    assert tree.inner.secret_file.read() == "hunter2"


def test_all_faults_are_told_at_once_by_dotted_key_with_what_would_be_right(tmp_path: Path) -> None:
    text = """
    name = "Gate 3"
    onn = true
    on = "yes"
    even = [2, 3]
    levels = { a = 9, b = 1, c = 1 }
    [inner]
    port = 70000
    mode = "fsat"
    rate = "5"
    [[many]]
    port = 0
    [[many]]
    prot = 1
    """

    assert sorted(faults(tmp_path, text)) == [
        "data: missing, expected a file or folder name",
        "even: expected even numbers",
        'inner.mode: got "fsat", expected one of "fast", "slow"',
        "inner.port: got 70000, expected a whole number, at least 1, at most 65535",
        'inner.rate: got "5", expected a number, above 0',
        "levels.a: got 9, expected a whole number, at least 0, at most 4",
        "levels.c: unknown key, known here: a, b",
        "many[0].port: got 0, expected a whole number, at least 1, at most 65535",
        "many[1].prot: unknown key, did you mean port?",
        'name: got "Gate 3", expected text (small letters)',
        'on: got "yes", expected true or false',
        "onn: unknown key, did you mean on?",
    ]


def test_an_unknown_key_near_no_other_names_those_there_are(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD + "[inner]\nzzz = 1\n") == [
        "inner.zzz: unknown key, known here: port, rate, mode, secret_file"
    ]


def test_a_rule_across_fields_is_told_by_its_key(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD + '[inner]\nmode = "slow"\nrate = 6\n') == ["inner.rate: too fast for slow"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rate = nan", "inner.rate: got nan, expected a number, above 0"),
        ("rate = inf", "inner.rate: got inf, expected a number, above 0, finite"),
        ("rate = true", "inner.rate: got true, expected a number, above 0"),
        ("port = 1.0", "inner.port: got 1.0, expected a whole number, at least 1, at most 65535"),
        ("port = true", "inner.port: got true, expected a whole number, at least 1, at most 65535"),
        ("port = 2026-11-23", "inner.port: got date, expected a whole number, at least 1, at most 65535"),
        ("port = []", "inner.port: got a list, expected a whole number, at least 1, at most 65535"),
    ],
)
def test_a_value_of_another_type_is_told(tmp_path: Path, line: str, said: str) -> None:
    assert faults(tmp_path, f"{GOOD}[inner]\n{line}\n") == [said]


@pytest.mark.parametrize("path", ['""', "5", '"a\\u0000b"', '"~nobody-of-this-name/x"'])
def test_what_is_no_path_is_told(tmp_path: Path, path: str) -> None:
    (fault,) = faults(tmp_path, f'data = {path}\nname = "gate"\n')

    assert fault.startswith("data: got ")
    assert fault.endswith("expected a file or folder name")


@pytest.mark.parametrize(
    "text",
    [
        GOOD + "[inner]\nsecret_file = 12345678\n",
        GOOD + '[inner]\nsecret_file = "hunter2\\u0000"\n',
        GOOD + '[inner]\nsecret = "hunter2"\n',
        GOOD + '[inner]\nport = "rtsp://admin:hunter2@cam"\n',
        GOOD + f'[inner]\nport = "hunter2{"x" * 60}"\n',
    ],
)
def test_a_secret_typed_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    said = "; ".join(faults(tmp_path, text))

    assert "hunter2" not in said
    assert "12345678" not in said


def test_a_secret_prints_as_stars_and_says_what_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes(b"\xff\xfe")
    secret = Secret(tmp_path / "pw")

    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    with pytest.raises(OSError, match="is not text, expected a secret in UTF-8"):
        secret.read()
    with pytest.raises(FileNotFoundError):
        Secret(tmp_path / "none").read()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a = \n", "is not TOML"),
        (b"\xff", "is not TOML: byte 0 is not UTF-8"),
        (b"a = " + b"[" * 50_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "s.toml").write_bytes(data)
    with pytest.raises(SettingsError, match=said):
        load(Outer, tmp_path / "s.toml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load(Outer, tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load(Outer, tmp_path)


def test_a_table_where_a_value_belongs_and_the_other_way_round_is_told() -> None:
    raw: dict[str, Any] = {"data": {}, "name": {"a": 1}, "inner": 5, "many": {"port": 1}}
    with pytest.raises(SettingsError) as wrong:
        build(Outer, raw, base=Path("/"))

    assert wrong.value.faults == [
        "data: got a table, expected a file or folder name",
        "name: got a table, expected text (small letters)",
        "inner: got 5, expected a table",
        "many: got a table, expected a list",
    ]


@pytest.mark.parametrize("kind", [EdgeSettings, HubSettings], ids=lambda kind: kind.__name__)
def test_an_empty_file_names_every_key_that_a_process_needs(kind: type[msgspec.Struct], tmp_path: Path) -> None:
    needed = {"EdgeSettings": ["node", "camera"], "HubSettings": ["hub"]}[kind.__name__]

    assert [fault.partition(":")[0] for fault in faults(tmp_path, "", kind)] == needed
