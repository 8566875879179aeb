"""What all processes of this machine know together about one account: one small file.

A process takes its turn at the file, reads, decides and writes, in a fraction of a millisecond. The
lock is the operating system's and ends with its process, and each turn opens the file anew, so
that a fork shares no lock and a file that was removed comes back. The times in the file are those
of a clock that starts with the machine, so its name holds the machine's start too: after the next
one, or on another machine, it is another file.
"""

import errno
import hashlib
import os
import platform
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_FORM = 1  # counts up when the content's form changes, so that two releases never read each other
_MAX_BYTES = 65_536  # the instants of the widest windows that can be set take 25,000
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Ledger:
    """A file that processes read and write in turns. Not for two threads at once.

    A folder that cannot be used is no fault: one warning, and this process goes on by itself.

    Args:
        folder: made when absent; on a disk of this machine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._file: int | None = None
        self._own = b""
        self._is_alone = False

    def belong_to(self, *account: str) -> None:
        """Take the file of an account, named by what may be secret: only a digest is kept."""
        named = "\0".join((str(_FORM), _machine(), *account))
        digest = hashlib.sha256(named.encode()).hexdigest()[:24]
        path = self._folder / f"limits-{digest}.json"
        if path != self._path:
            self._path, self._own = path, b""

    def take(self) -> bytes:
        """Begin a turn; return what another process wrote since our last one, b"" for nothing.

        Every turn ends with `give` or `leave`.
        """
        if self._path is None or self._is_alone:
            return b""
        try:
            return self._opened(self._path)
        except (OSError, ImportError) as error:
            self._give_up(error)
            return b""

    def give(self, content: bytes) -> None:
        """End a turn with new content, one line."""
        if self._file is None:
            return
        try:
            _write(self._file, content + b"\n")
        except OSError as error:
            self._give_up(error)
        else:
            self._own = content
            self.leave()

    def leave(self) -> None:
        """End a turn with nothing changed."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self, path: Path) -> bytes:
        import fcntl  # noqa: PLC0415 - Windows has none: each process goes by itself there

        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._file = os.open(path, flags, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        content = os.pread(self._file, _MAX_BYTES, 0).partition(b"\n")[0]
        return b"" if content == self._own else content

    def _give_up(self, error: Exception) -> None:
        self.leave()
        self._is_alone = True
        log.warning(
            "limits.alone",
            found=f"limits: {self._folder}: not shared with other processes "
            f"({type(error).__name__}): check the folder's rights and room",
        )


def _write(file: int, line: bytes) -> None:
    """Write a line at the start; what a longer one left stands behind its end, and is not read."""
    if os.pwrite(file, line, 0) < len(line):
        raise OSError(errno.ENOSPC, "no room for the whole line")


def _machine() -> str:
    """Name this machine since its start, the same for all containers on it."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # not Linux: readings from before the start lie in the future, see `Limits`
        return platform.node()
