"""FFmpeg as a child process: argument lists, never a shell; messages never block it, it never outlives us."""

import re
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Condition, Thread
from typing import IO, Any

from app.errors import MediaError

_PREFIX = re.compile(r"^(\[[^\]]* @ 0x[0-9a-f]+\] *|\[(error|fatal|warning|info)\] *)+")
_ARGUMENTS = ("-hide_banner", "-nostats", "-loglevel", "level+info")
_EMPTY_TALK = (
    "Conversion failed",
    "Last message repeated",
    "Task finished",
    "To ignore this",
    "Nothing was written",
)
_LATE_TALK = (
    "Error opening",
    "Error parsing",
    "Error initializing",
    "Failed to set value",
)  # says that it failed; the line before may say why
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
        raise MediaError(
            "There is no ffmpeg program to decode videos.", "Install imageio-ffmpeg again."
        ) from error


def input_arguments(path: Path) -> list[str]:
    """Arguments that open a video file, whatever characters its name has, and nothing but local files."""
    return ["-protocol_whitelist", "file", "-i", f"file:{path.resolve()}"]


class Ffmpeg:
    """A running ffmpeg. Its messages are read by a thread of its own, so that a full pipe never stops it.

    Args:
        arguments: All arguments after the program's name and the usual ones.
        write: Whether the caller feeds its standard input.
        read: Whether the caller reads its standard output.

    Raises:
        MediaError: The program cannot be started.
    """

    def __init__(self, arguments: Sequence[str], *, read: bool = False, write: bool = False) -> None:
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
                creationflags=_QUIET_WINDOW,
                **more,
            )
        except OSError as error:
            raise MediaError(
                f"ffmpeg cannot be started: {error}.", "Install imageio-ffmpeg again."
            ) from error
        self.messages: deque[str] = deque(maxlen=400)
        self._silent = False
        self._news = Condition()
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
            count = self.stdout.readinto(buffer[done:])  # type: ignore[attr-defined]
            if not count:
                return False
            done += count
        return True

    def finish(self) -> int:
        """Wait for the end of the program.

        Returns:
            Its exit status, 0 when all went well; all its messages are in ``messages``.
        """
        status = self._process.wait()
        self._drain.join()
        self._close_pipes()
        return status

    def close(self) -> None:
        """Stop the program if it still runs, and free its pipes. May be called again."""
        self._process.kill()
        self.finish()

    def last_message(self) -> str:
        """What ffmpeg complained about last, without the address of the part that said it; "" for nothing."""
        with self._news:
            lines = [line for line in self.messages if "[error]" in line or "[fatal]" in line]
        complaints = [text for text in (_PREFIX.sub("", line).strip() for line in lines) if text]
        complaints = [text for text in complaints if not text.startswith(_EMPTY_TALK)]
        causes = [text for text in complaints if not text.startswith(_LATE_TALK)]
        return (causes or complaints or [""])[-1]

    def wait_for(self, pattern: str) -> re.Match[str] | None:
        """Wait for a message.

        Args:
            pattern: Regular expression to look for in the lines said so far and from now on.

        Returns:
            The first match; None when the program stops talking without one.
        """
        with self._news:
            while True:
                for line in self.messages:
                    if match := re.search(pattern, line):
                        return match
                if self._silent:
                    return None
                self._news.wait()

    def _read_messages(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._news:
                self.messages.append(line.decode("utf-8", "replace").rstrip())
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def run_ffmpeg(arguments: Sequence[str]) -> tuple[int, str, Ffmpeg]:
    """Run ffmpeg to its end.

    Args:
        arguments: As for ``Ffmpeg``.

    Returns:
        Exit status, all of standard output as text, and the ended program with its messages.

    Raises:
        MediaError: The program cannot be started.
    """
    program = Ffmpeg(arguments, read=True)
    try:
        output = b"".join(iter(lambda: program.stdout.read(1 << 16), b""))
        return program.finish(), output.decode("utf-8", "replace"), program
    finally:
        program.close()
