"""Settings of an account that is a folder of CSV files."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator


class FilesSettings(BaseModel):
    """One folder of CSV files, and where the results go.

    Attributes:
        folder: the export, in the layout of docs/load-layout.md.
        output: where results are written; `results` in the folder when none is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["files"]
    folder: Path
    output: Path | None = None

    @property
    def results(self) -> Path:
        """Folder that the results stand in."""
        return self.output or self.folder / "results"

    @model_validator(mode="after")
    def _is_elsewhere(self) -> Self:
        """Results have the names of the files that they were computed from."""
        if self.results.resolve() == self.folder.resolve():
            raise ValueError("output is the folder itself: name another, or the export is lost")
        return self
