"""Names of suppliers in the text that people write (spec 2.3)."""

from kpis.item import is_placeholder, normalised, split_parts
from kpis.parameters import Parameters


def valid_names(text: str | None, parameters: Parameters) -> tuple[str, ...]:
    """Names of suppliers as they are written, each once; none for an empty text.

    A name has enough letters or digits (no more is asked of it: KPN, 3M), is not a placeholder as
    a whole and is not one of our own names.
    """
    refused = (*parameters.pains_gains.placeholders, *parameters.profile.own_names)
    names: dict[str, str] = {}
    for part in split_parts(text or ""):
        name = normalised(part)
        characters = sum(map(str.isalnum, name))
        if characters >= parameters.profile.min_name_characters and not is_placeholder(
            name, refused
        ):
            names.setdefault(name, part)
    return tuple(names.values())
