"""A small folder of exports, and the adapter that reads it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.files.adapter import FilesAdapter
from connector.files.settings import FilesSettings
from mappings.fields import Fields

NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Folder with three companies and one pipeline."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "companies.csv").write_text("id,name\n1,Een\n2,Twee\n3,Drie\n")
    (folder / "pipelines.csv").write_text(
        "pipeline_id,stage_id,probability,is_closed\nsales,won,1.0,true\nsales,lost,0,true\n"
    )
    return folder


@pytest.fixture
def adapter(export: Path) -> Callable[..., FilesAdapter]:
    """Build an adapter for pages of a size."""

    def build(page_size: int = 1000) -> FilesAdapter:
        return FilesAdapter(
            FilesSettings(kind="files", folder=export),
            fields=Fields(),
            prefix="csk_",
            clock=lambda: NOW,
            page_size=page_size,
        )

    return build
