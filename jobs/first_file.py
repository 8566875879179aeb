"""Write the first files: both or none, and nothing that stood there is lost."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from connector.ports import ConfigError
from jobs.init import FirstFiles


def write_both(files: FirstFiles) -> list[Path]:
    """Write mapping and configuration; return where files that stood there are kept now.

    The configuration comes last: while it is not there, nothing uses the mapping.

    Raises:
        ConfigError: one of them cannot be written; then neither is.
    """
    texts = {files.mapping: files.suggestion.text, files.config: files.config_text}
    drafts = {path: path.with_name(f".{path.name}.draft") for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts[path].write_text(text, encoding="utf-8")
        return list(_moved(drafts))
    except OSError as error:
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(
            f"init: {files.config} cannot be written: {reason}: choose a folder of yours with --to"
        ) from None


def _moved(drafts: dict[Path, Path]) -> Iterator[Path]:
    """Put each draft in its place, and what stood there aside."""
    for path, draft in drafts.items():
        if path.exists():
            kept = _free(path)
            path.replace(kept)
            yield kept
        draft.replace(path)


def _free(path: Path) -> Path:
    """Name beside a file under which nothing stands yet: .bak, .bak2, ..."""
    kept, number = path.with_name(f"{path.name}.bak"), 2
    while kept.exists():
        kept, number = path.with_name(f"{path.name}.bak{number}"), number + 1
    return kept
