"""`python -m MODULE` and `python -c CODE` without the seconds that importing torch takes.

A process of its own all the same, forked from one that has done nothing but import. `command` is what stands before the
arguments of such a call; the program that it names sends them, its folder, environment and open files to the fork
server, passes signals on, and ends as the process does. A killed one takes the process along.
"""

import atexit
import contextlib
import functools
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).parent
PRELOAD = ("gan_core.worker.worker", "gan_core.worker.follower", "gan_core.system.processes")
MORE = {
    "streamlit": ("streamlit.web.cli", "streamlit.web.bootstrap"),
    "evaluate": ("gan_core.evaluation.evaluate", "gan_core.models.library"),
}
"""Imported once for all calls, and for those of a module or command. None may read the environment at its import."""


@functools.cache
def command() -> tuple[str, ...]:
    """What to put before `-m MODULE` or `-c CODE`. The fork server is started by the first call that is made of it."""
    if not hasattr(os, "pidfd_open"):  # not Linux: slower, and the same
        return (sys.executable,)
    folder = tempfile.mkdtemp(prefix="forked-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = f"{folder}/socket"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen(64)
    threading.Thread(target=_begin, args=(listener, path), daemon=True).start()
    return (sys.executable, "-S", "-E", str(HERE / "forked.py"), path)


def _begin(listener: socket.socket, path: str) -> None:
    """Wait for the first call, then hand the socket to the fork server, which ends together with this process."""
    select.select([listener], [], [])
    words = [sys.executable, str(HERE / "forked.py"), "--serve", path, str(listener.fileno())]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.Popen(
        words, cwd=HERE.parent, env=environment, stdin=subprocess.PIPE, pass_fds=[listener.fileno()]
    )  # the pipe breaks when this process ends, however it does


# The fork server


def serve(listener: socket.socket, path: str) -> None:
    """Fork for every call, until standard input ends."""
    sys.path[:0] = [str(HERE.parent), str(HERE)]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the overseers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those that test
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        with connection:
            content, files, _, _ = socket.recv_fds(connection, 1 << 20, 3)
            call = json.loads(content)
            for name in (*PRELOAD, *(name for word in call["words"][1:3] for name in MORE.get(word, ()))):
                importlib.import_module(name)
            processes: Any = sys.modules["gan_core.system.processes"]
            processes.COMMAND = (*call["command"], "-m", "gan_core")
            if os.fork() == 0:
                listener.close()
                oversee(connection, call, files)
        for file in files:
            os.close(file)


def oversee(connection: socket.socket, call: dict, files: list[int]) -> None:
    """Fork the process itself, pass signals to it, and tell its caller how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        connection.close()
        become(call, files)
    os.setsid()
    for file in (*files, 0, 1, 2):  # so that whoever reads them sees their end
        os.close(file)
    ended = os.pidfd_open(pid)
    while True:
        ready, _, _ = select.select([connection, ended], [], [])
        if ended in ready:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, (connection.recv(1) or bytes([signal.SIGKILL]))[0])
    with contextlib.suppress(OSError):
        connection.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
    os._exit(0)


def become(call: dict, files: list[int]) -> None:
    """Be the process that was called for; does not return."""
    status = 1
    try:
        os.setsid()
        os.chdir(call["folder"])
        os.environ.clear()
        os.environ.update(call["environment"])
        time.tzset()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        kind, what, *arguments = call["words"]
        if threads := os.environ.get("OMP_NUM_THREADS"):
            sys.modules["torch"].set_num_threads(int(threads))
        sys.path[0] = call["folder"]
        sys.argv = [what, *arguments]
        if kind == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            sys.argv[0] = "-c"
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException as error:
        traceback.print_exc()
        status = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    finally:
        finish(status)


def finish(status: int) -> None:
    """End as Python does at the end of a program."""
    threading._shutdown()  # pyright: ignore[reportAttributeAccessIssue]  # as multiprocessing does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    leave(status)


def leave(status: int) -> NoReturn:
    """End with this exit status, or by the signal that a negative one names."""
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


# The caller


def call(path: str, words: list[str]) -> int:
    """Have a process forked for these words, pass signals on to it, and give its exit status."""
    own = [sys.executable, "-S", "-E", str(HERE / "forked.py"), path]
    message = {"words": words, "command": own, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(path)

        def passed_on(number: int, _: object) -> None:
            connection.send(bytes([number]))

        socket.send_fds(connection, [json.dumps(message).encode()], [0, 1, 2])
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, passed_on)
        return int(connection.recv(16) or 1)


def main(words: list[str]) -> None:
    if words[0] == "--serve":
        serve(socket.socket(fileno=int(words[2])), words[1])
        return
    leave(call(words[0], words[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
