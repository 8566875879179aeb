"""Take our columns out of the results; the export that they were computed from stays as it is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connector.definition import ArchiveOutcome, ArchivePlan, PropertyDefinition
from connector.files.result import read_results, result_path, save_results, writing
from connector.files.table import read_header, read_lines
from kpis.vocabulary import ObjectType

PAGE = 1000


def plan_archive(
    folder: Path, output: Path, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]
) -> ArchivePlan:
    """Tell which columns the results hold, and which of ours stand in the export itself."""
    archive: dict[ObjectType, tuple[str, ...]] = {}
    others: list[str] = []
    for object_type, definitions in wanted.items():
        results = set(read_header(result_path(output, object_type)))
        export = set(read_header(folder / f"{object_type}.csv"))
        ours = tuple(one.name for one in definitions if one.name in results)
        if ours:
            archive[object_type] = ours
        others += [
            f"files: {object_type}.{one.name} is a column of the export, which is never changed"
            for one in definitions
            if one.name in export
        ]
    return ArchivePlan(archive, tuple(others))


def values(
    folder: Path, output: Path, object_type: ObjectType, names: Sequence[str], *, prefix: str
) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """Yield what the results hold of these columns, for every record of the export."""
    standing = read_results(output, object_type, prefix=prefix)
    wanted = {name.removeprefix(prefix): name for name in names}
    page: dict[str, dict[str, str]] = {}
    for line in read_lines(folder / f"{object_type}.csv", needs=("id",)):
        external_id = line.cells["id"].strip()
        found = standing.get(external_id, {})
        page[external_id] = {wanted[name]: text for name, text in found.items() if name in wanted}
        if len(page) == PAGE:
            yield page
            page = {}
    if page:
        yield page


def archive_properties(
    output: Path, object_type: ObjectType, names: Sequence[str], *, prefix: str
) -> Iterator[ArchiveOutcome]:
    """Write the results without these columns, or remove the file when none is left.

    Raises:
        PermanentCrmError: the results cannot be written; what stood is untouched.
    """
    path = result_path(output, object_type)
    present = set(read_header(path))
    taken = {name.removeprefix(prefix) for name in names}
    rest = {
        external_id: {name: text for name, text in values.items() if name not in taken}
        for external_id, values in read_results(output, object_type, prefix=prefix).items()
    }
    with writing(output, object_type):
        if any(rest.values()):
            save_results(output, object_type, rest, prefix=prefix)
        else:
            path.unlink(missing_ok=True)
    for name in names:
        yield ArchiveOutcome(name, "archived" if name in present else "gone")
