"""Work in a thread carries the names of the run that it is done for."""

from contextvars import ContextVar

from connector.pool import ContextPool

RUN: ContextVar[int | None] = ContextVar("run", default=None)


def test_pool_shows_each_piece_of_work_the_context_of_whoever_handed_it_over():
    with ContextPool(1) as pool:
        before = pool.submit(RUN.get)
        token = RUN.set(7)
        within = pool.submit(RUN.get)
        RUN.reset(token)
        after = pool.submit(RUN.get)

    assert (before.result(), within.result(), after.result()) == (None, 7, None)


def test_pool_hands_on_arguments_results_and_faults():
    with ContextPool(1) as pool:
        power = pool.submit(pow, 7, exp=2)
        fault = pool.submit(int, "x")

    assert power.result() == 49
    assert isinstance(fault.exception(), ValueError)
