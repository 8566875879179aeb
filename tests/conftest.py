"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes what comes out beside the pages of answers; read the difference."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")
