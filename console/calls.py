"""How calls are told: those used beside the least that the work takes."""

from collections.abc import Iterator, Mapping


def told_calls(used: Mapping[str, int], least: Mapping[str, int]) -> Iterator[str]:
    """Yield lines on the calls of a run; none where none was made, as of a folder of files.

    Args:
        used: calls by kind.
        least: the least that the work takes, by kind; what it does not name is told apart, such as
            metadata, which are asked for by the hour.
    """
    work = {kind: count for kind, count in used.items() if kind in least}
    apart = {kind: count for kind, count in used.items() if kind not in least and count}
    if any(work.values()):
        pairs = ", ".join(
            f"{kind} {work.get(kind, 0)}/{count}"
            for kind, count in least.items()
            if count or work.get(kind)
        )
        yield f"{sum(work.values())} used, {sum(least.values())} at least: {pairs}"
    if apart:
        yield ("and " if any(work.values()) else "") + told_counts(apart)


def told_counts(counts: Mapping[str, int]) -> str:
    """Counts by what was counted, in one line; zeros are left out."""
    return ", ".join(f"{what} {count}" for what, count in counts.items() if count)
