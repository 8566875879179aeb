"""Load a mapping file."""

from pathlib import Path

from mappings.schema import Mapping
from mappings.validation import validated
from mappings.yaml import load_document


def load_mapping(path: Path, *, prefix: str = "csk_") -> Mapping:
    """Load one mapping file; `prefix` names the inputs that the file does not place.

    Raises:
        FileFaultsError: the file cannot be read or is no mapping; every fault at once.
    """
    return validated(load_document(path), Mapping, context={"prefix": prefix})
