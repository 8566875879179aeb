"""What can go wrong with the store, by what a caller can do about it."""


class StoreError(Exception):
    """The database could not do its work; the message says what a person must do.

    Nothing was half done: whatever was being saved stands wholly as it stood before.
    """


class LockHeldError(Exception):
    """Another run is at work on this account. Nothing is wrong; wait for it or stop it."""
