"""Threads that carry what is known of the work they are given: its events name account and run."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class ContextPool(ThreadPoolExecutor):
    """A pool whose threads see the context variables of whoever hands them a piece of work."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand over a piece of work, to be done in a copy of the present context."""
        return super().submit(copy_context().run, partial(fn, *args, **kwargs))
