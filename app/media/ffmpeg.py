"""FFmpeg as a child process: argument lists, never a shell; messages never block it, it never outlives us.

A decoder that says nothing for ``STALL_S`` seconds while somebody waits for it is ended, so that no file,
however damaged, makes a caller wait for ever. At the end of the interpreter all children are ended; when it
is killed, they end by themselves at the next byte they write into the broken pipe.
"""

import atexit
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import IO, Any
from weakref import WeakSet

from app.errors import MediaError
from app.frozen import is_frozen
from app.i18n import tr

STALL_S = 30.0
"""How long a decoder may leave its caller waiting for the next byte or message, in seconds."""

MAX_PIXELS = 16384 * 8192
"""Pictures larger than this are refused by the decoder; a damaged header can ask for any size."""

Listener = Callable[[str], bool]

_PREFIX = re.compile(r"^(\[[^\]]* @ 0x[0-9a-f]+\] *|\[(error|fatal|warning|info)\] *)+")
_ARGUMENTS = ("-hide_banner", "-nostats", "-loglevel", "level+info")
_EMPTY_TALK = (
    "Conversion failed",
    "Last message repeated",
    "Task finished",
    "Terminating thread",
    "To ignore this",
    "Nothing was written",
)
_LATE_TALK = (
    "Cannot determine format",
    "Could not open encoder",
    "Decode error rate",
    "Error opening",
    "Error parsing",
    "Error initializing",
    "Failed to set value",
)  # says that it failed; the line before may say why
_LOW_PRIORITY = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
_NICENESS = 15
_QUIET_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


@lru_cache(maxsize=1)
def ffmpeg_path() -> str:
    """The ffmpeg program that the package imageio-ffmpeg brings (or the one that IMAGEIO_FFMPEG_EXE names).

    Returns:
        Path of the program.

    Raises:
        MediaError: There is none.
    """
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MediaError(tr("There is no ffmpeg program to decode videos."), _remedy()) from error


def _remedy() -> str:
    return tr("Unpack CFBI Studio again.") if is_frozen() else tr("Install imageio-ffmpeg again.")


def input_arguments(path: Path, *demuxer: str) -> list[str]:
    """Arguments that open a file, whatever characters its name has, and nothing but local files.

    Args:
        path: The file.
        demuxer: Name of the demuxer to use and options for it; ffmpeg finds out by itself if left out.
    """
    limits = ["-max_pixels", str(MAX_PIXELS), "-protocol_whitelist", "file"]
    chosen = ["-f", *demuxer] if demuxer else []
    return [*limits, *chosen, "-i", f"file:{path.resolve()}"]


class Ffmpeg:
    """A running ffmpeg. Its messages are read by a thread of its own, so that a full pipe never stops it.

    Args:
        arguments: All arguments after the program's name and the usual ones.
        write: Whether the caller feeds its standard input.
        read: Whether the caller reads its standard output.
        listener: Hears every line of its messages, in another thread; what it returns True for is not kept.
        stall_s: Seconds that the caller may be left waiting before the program is ended; None for any time,
            as encoders need that write a long file at their end.
        background: Leave the processor to everything else.

    Raises:
        MediaError: The program cannot be started.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        read: bool = False,
        write: bool = False,
        listener: Listener | None = None,
        stall_s: float | None = None,
        background: bool = False,
    ) -> None:
        command = [ffmpeg_path(), *_ARGUMENTS, *([] if write else ["-nostdin"]), *arguments]
        # room for a good part of a frame: fewer switches between the two processes
        more: dict[str, Any] = {"pipesize": 1 << 20} if sys.platform == "linux" else {}
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if write else subprocess.DEVNULL,
                stdout=subprocess.PIPE if read else subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                creationflags=_QUIET_WINDOW | (_LOW_PRIORITY if background else 0),
                **more,
            )
        except OSError as error:
            raise MediaError(tr("ffmpeg cannot be started: {error}.", error=error), _remedy()) from error
        if background:
            _step_back(self._process.pid)
        self.messages: deque[str] = deque(maxlen=400)
        self.stalled = False
        self._stall_s = stall_s
        self._listener = listener
        self._silent = False
        self._deadline: float | None = None
        self._closed = False
        self._news = Condition()
        self._alarm = Condition()
        self._watchdog: Thread | None = None
        _running.add(self)
        self._drain = Thread(target=self._read_messages, name="ffmpeg messages", daemon=True)
        self._drain.start()

    @property
    def stdin(self) -> IO[bytes]:
        """Where frames go in."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """Where frames come out."""
        assert self._process.stdout is not None
        return self._process.stdout

    def read_into(self, buffer: memoryview) -> bool:
        """Fill a buffer from standard output.

        Args:
            buffer: Writable bytes.

        Returns:
            Whether it was filled; False at the end of the output.
        """
        done = 0
        while done < len(buffer):
            with self._patience():
                count = self.stdout.readinto(buffer[done:])  # type: ignore[attr-defined]
            if not count:
                return False
            done += count
        return True

    def lines(self) -> Iterator[str]:
        """Standard output line by line, as it comes."""
        rest = b""
        while True:
            with self._patience():
                chunk = self.stdout.read(1 << 16)
            if not chunk:
                break
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")

    def finish(self) -> int:
        """Wait for the end of the program.

        Returns:
            Its exit status, 0 when all went well; all its messages are in ``messages``.
        """
        with self._patience():
            status = self._process.wait()
        self._drain.join()
        with self._alarm:
            self._closed = True
            self._alarm.notify_all()
        if self._watchdog is not None:
            self._watchdog.join()
        self._close_pipes()
        return status

    def kill(self) -> None:
        """Stop the program; may be called from any thread. Whoever reads from it comes to the end of it."""
        self._process.kill()

    def close(self) -> None:
        """Stop the program if it still runs, and free its pipes. May be called again."""
        self._process.kill()
        self.finish()

    def last_message(self) -> str:
        """What ffmpeg complained about last, without the address of the part that said it; "" for nothing."""
        if self.stalled:
            return tr("ffmpeg did nothing for {seconds:.0f} seconds and was ended", seconds=self._stall_s)
        with self._news:
            lines = [line for line in self.messages if "[error]" in line or "[fatal]" in line]
        complaints = [text for text in (_PREFIX.sub("", line).strip() for line in lines) if text]
        complaints = [text for text in complaints if not text.startswith(_EMPTY_TALK)]
        causes = [text for text in complaints if not text.startswith(_LATE_TALK)]
        return (causes or complaints or [""])[-1]

    def wait_until(self, condition: Callable[[], bool]) -> bool:
        """Wait until a condition holds that a message brings about.

        Args:
            condition: Tested now and after every message.

        Returns:
            False when the program stops talking before it holds.
        """
        with self._patience(), self._news:
            while not condition():
                if self._silent:
                    return False
                self._news.wait()
                self._renew()
            return True

    def _read_messages(self) -> None:
        assert self._process.stderr is not None
        for raw in self._process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            with self._news:
                if self._listener is None or not self._listener(line):
                    self.messages.append(line)
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Somebody waits for the program: it is ended if it takes longer than the limit."""
        self._renew()
        if self._watchdog is None and self._stall_s is not None:
            self._watchdog = Thread(target=self._watch, name="ffmpeg watchdog", daemon=True)
            self._watchdog.start()
        try:
            yield
        finally:
            self._deadline = None

    def _renew(self) -> None:
        if self._stall_s is not None:
            self._deadline = monotonic() + self._stall_s

    def _watch(self) -> None:
        with self._alarm:
            while not self._closed:
                deadline, now = self._deadline, monotonic()
                if deadline is not None and now >= deadline:
                    self.stalled = True
                    self._process.kill()
                    return
                # nobody waits for it to wake early: a new deadline is never nearer than the limit
                self._alarm.wait(self._stall_s if deadline is None else deadline - now)

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _step_back(pid: int) -> None:
    """Lower the priority of a process, where the system can do that afterwards."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


_running: WeakSet[Ffmpeg] = WeakSet()


@atexit.register
def _end_children() -> None:
    for program in list(_running):
        program._process.kill()


def run_ffmpeg(arguments: Sequence[str], stall_s: float | None = None) -> tuple[int, str, Ffmpeg]:
    """Run ffmpeg to its end.

    Args:
        arguments: As for ``Ffmpeg``.
        stall_s: As for ``Ffmpeg``.

    Returns:
        Exit status, all of standard output as text, and the ended program with its messages.

    Raises:
        MediaError: The program cannot be started.
    """
    program = Ffmpeg(arguments, read=True, stall_s=stall_s)
    try:
        output = "\n".join(program.lines())
        return program.finish(), output, program
    finally:
        program.close()
