"""The real broker as a test rig: deploy.broker's Mosquitto with its folder under tmp_path.

Everything a test does to the broker is a verb here: start, stop, kill, restart, freeze, thaw. The port stays the same
from the first start on, so clients find a restarted broker where they left it.
"""

from pathlib import Path
from types import TracebackType

from deploy.broker import Broker


class Mosquitto(Broker):
    """A broker that runs inside a `with` block.

    tmp_path: pytest's; the settings and the log lie in `tmp_path / name`.
    """

    def __init__(self, tmp_path: Path, *, name: str = "broker") -> None:
        super().__init__(tmp_path / name)

    def __enter__(self) -> "Mosquitto":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()
