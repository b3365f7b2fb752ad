"""The app on a free port, and viewers of it without a browser, which would measure itself on the same cores."""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.report import ROOT
from gan_core import runs

HOURS = 12
"""Limit of the training in the background: longer than any benchmark."""


@contextmanager
def app(home: Path) -> Iterator[str]:
    """Serve the app with this GAN_HOME; yields `host:port`."""
    with serve(home) as (address, _):
        yield address


@contextmanager
def serve(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Like `app`; yields the server's process as well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    port = address.partition(":")[2]
    options = ["--server.port", port, "--server.address", "127.0.0.1", "--server.headless", "true"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        env={**os.environ, "GAN_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the server did not start within 20 s")
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=15)


@contextmanager
def training(home: Path) -> Iterator[runs.Run]:
    """A DCGAN that trains at full speed, without scores, until the end of the block."""
    before = {run.name for run in runs.list_runs(home)}
    command = [sys.executable, "-m", "gan_core", "train", "--variant", "dcgan", "--seconds", str(3600 * HOURS)]
    command += ["--runs", str(home), "--set", "scoring.score=off"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        while not (new := [run for run in runs.list_runs(home) if run.name not in before and run.status().step > 50]):
            if process.poll() is not None:
                raise RuntimeError(f"the training ended with status {process.returncode}")
            time.sleep(0.2)
        yield new[0]
        if process.poll() is not None:
            raise RuntimeError(f"the training ended with status {process.returncode} while it was watched")
    finally:
        process.terminate()
        process.wait()


class Viewer:
    """One open page without a browser: requests it, and reruns its fragments as often as the server says.

    `runs` counts whole pages and `ticks` fragments that the server has finished, `received` the bytes it sent.
    """

    def __init__(self, address: str, page: str, query: str) -> None:
        self.address, self.page, self.query = address, page, query
        self.runs = self.ticks = self.received = 0
        self._tasks: dict[str, asyncio.Task] = {}

    async def watch(self) -> None:
        """Keep the page open until cancelled."""
        url = f"ws://{self.address}/_stcore/stream"
        async with websockets.connect(url, max_size=None, subprotocols=["streamlit"]) as socket:  # pyright: ignore[reportArgumentType]
            self.socket = socket
            await self._request("")
            try:
                async for content in socket:
                    self._receive(content)
            finally:
                self._stop_ticks()

    def _stop_ticks(self) -> None:
        """Stop all ticks."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _receive(self, content: bytes | str) -> None:
        self.received += len(content)
        message = ForwardMsg()
        message.ParseFromString(content if isinstance(content, bytes) else content.encode())
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            fragment = message.auto_rerun.fragment_id
            self._tasks[fragment] = asyncio.create_task(self._tick(fragment, message.auto_rerun.interval))
        elif kind == "new_session" and not message.metadata.run.fragment_ids:
            self._stop_ticks()  # as a browser does: a new page says which fragments tick, and how often
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.ticks += 1
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.runs += 1

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._request(fragment)

    async def _request(self, fragment: str) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        await self.socket.send(message.SerializeToString())
