"""Serves the console from a thread of its own; it takes no signals.

Upstream: hub.console.app. The process that starts it stops it.
"""

import socket
import threading

import structlog
import uvicorn
from starlette.applications import Starlette

from hub.console.errors import AddressTaken

log = structlog.get_logger()

START_LIMIT_S = 15.0
STOP_LIMIT_S = 8.0
#: Requests at once; more are refused rather than queued without end.
MOST_REQUESTS = 400


class _Uvicorn(uvicorn.Server):
    """Tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


class Server:
    """One application on one address. port 0 lets the kernel choose."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._server: _Uvicorn | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Listen and serve; return the port. Raises AddressTaken."""
        listening = self._bind()
        port: int = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            # A header that anybody can write must not decide who is throttled and what the record of looks says.
            proxy_headers=False,
            limit_concurrency=MOST_REQUESTS,
            timeout_graceful_shutdown=3,
            lifespan="on",
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="console", daemon=True
        )
        self._thread.start()
        if not self._server.is_up.wait(START_LIMIT_S):
            raise AddressTaken(f"the console on {self._host} port {port} did not come up in {START_LIMIT_S:.0f} s")
        log.info("console listens", host=self._host, port=port)
        return port

    def stop(self) -> None:
        """End streams, finish requests, close. Does nothing when it never started."""
        if self._server is None or self._thread is None:
            return
        self._app.state.parts.feed.end()
        self._server.should_exit = True
        self._thread.join(STOP_LIMIT_S)

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            return socket.create_server((self._host, self._port), family=family, backlog=128)
        except OSError as fault:
            raise AddressTaken(f"console.host {self._host}, console.port {self._port}: {fault.strerror}") from None
