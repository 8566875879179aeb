"""How a reason of loss is compared: casefolded, everything but letters and digits as `_`."""


def normalised_reason(text: str) -> str:
    """Reason as the mapping and the deals are compared by (spec 3.2, rule 6)."""
    return "".join(letter if letter.isalnum() else "_" for letter in text.casefold())
