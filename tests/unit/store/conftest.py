"""Every test of the store runs on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.store import Store
from tests.store_fixtures import ENGINES, opened


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened(request.param, tmp_path) as one:
        yield one
