"""Brings the pictures folder and the picture rows together once, at the start: what a crash left on one side only goes.

Upstream: hub.retention steps it. Downstream: the pictures folder, hub.store (picture).
"""

from collections.abc import Iterator
from pathlib import Path

import structlog
from sqlalchemy import delete, func, select

from hub.pictures import PARTIAL
from hub.store import Store
from hub.store.tables import picture

log = structlog.get_logger()

AT_ONCE = 200


class Sweep:
    """Deletes files without rows and rows without files, a little at each step.

    Both looks are taken inside a writing transaction, as hub.pictures moves its files in one: a picture that is just
    being stored is seen either whole or not at all.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._pieces: Iterator[None] | None = None
        self._is_done = False

    def step(self) -> bool:
        """Do one piece; say whether there is more. Raises StoreUnavailable or OSError; the next step starts over."""
        if self._is_done:
            return False
        if self._pieces is None:
            self._pieces = self._run()
        try:
            next(self._pieces)
        except StopIteration:
            self._is_done = True
        except Exception:
            self._pieces = None
            raise
        return not self._is_done

    def _run(self) -> Iterator[None]:
        if self._is_unmounted():
            log.error(
                "the pictures folder is empty and the store names pictures: is its disk mounted? nothing is swept"
            )
            return
        yield from self._sweep_files()
        yield from self._sweep_rows()

    def _is_unmounted(self) -> bool:
        """Whether rows exist and not one file: more likely a missing disk than a lost one."""
        with self._store.read() as connection:
            rows = connection.execute(select(func.count()).select_from(picture)).scalar_one()
        return rows > 0 and next(self._files(), None) is None

    def _files(self) -> Iterator[str]:
        """Yield the path of every whole picture, relative to the folder."""
        if not self._folder.is_dir():
            return
        for day in sorted(self._folder.iterdir()):
            if day.name != PARTIAL and day.is_dir():
                yield from (f"{day.name}/{path.name}" for path in sorted(day.iterdir()) if path.is_file())

    def _sweep_files(self) -> Iterator[None]:
        chunk: list[str] = []
        for path in self._files():
            chunk.append(path)
            if len(chunk) == AT_ONCE:
                self._drop_files(chunk)
                chunk = []
                yield
        self._drop_files(chunk)
        yield

    def _drop_files(self, paths: list[str]) -> None:
        with self._store.write() as connection:
            known = set(connection.execute(select(picture.c.path).where(picture.c.path.in_(paths))).scalars())
            for path in paths:
                if path not in known:
                    (self._folder / path).unlink(missing_ok=True)
                    log.info("picture without a row deleted", path=path)

    def _sweep_rows(self) -> Iterator[None]:
        last = 0
        while True:
            with self._store.write() as connection:
                rows = select(picture.c.id, picture.c.path).where(picture.c.id > last).order_by(picture.c.id)
                found = list(connection.execute(rows.limit(AT_ONCE)))
                gone = [row.id for row in found if not (self._folder / row.path).is_file()]
                if gone:
                    connection.execute(delete(picture).where(picture.c.id.in_(gone)))
                    log.warning("picture rows without a file deleted", rows=len(gone))
            if len(found) < AT_ONCE:
                return
            last = found[-1].id
            yield
