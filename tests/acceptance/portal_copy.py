"""A copy of an account on loopback: kept as bytes, and made anew in a thousandth of a second."""

import io
import pickle
import threading

from connector.sandbox import Portal

LOCK = type(threading.RLock())


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> str | None:
        return "lock" if isinstance(obj, LOCK) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: object) -> object:
        return threading.RLock()


def kept(portal: Portal) -> bytes:
    """The account as it stands, without its lock."""
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(portal)
    return file.getvalue()


def made(account: bytes) -> Portal:
    """The account that was kept, with a lock of its own."""
    portal = _Unpickler(io.BytesIO(account)).load()
    assert isinstance(portal, Portal)
    return portal
