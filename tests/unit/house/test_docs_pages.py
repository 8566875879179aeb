"""What the pages promise, held against the house: labels that are explained, mappings that load."""

import re
from pathlib import Path

import pytest

from kpis.vocabulary import Language
from mappings.load import load_mapping
from mappings.texts import load_texts

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = re.findall(r"```yaml\n(# mapping: .*?)```", (DOCS / "mapping.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_of_the_method_explains_every_label_in_its_language(language: Language):
    page = (DOCS / f"method-{language}.md").read_text(encoding="utf-8")
    properties = load_texts(None).properties
    labels = [
        label.text(language)
        for group in (properties.companies, properties.deals, properties.contacts)
        for label in group.values()
    ]
    labels += [label.text(language) for label in properties.sellers.values()]

    assert [label for label in labels if not re.search(rf"[|,] {re.escape(label)}[, ]", page)] == []


@pytest.mark.parametrize("number", range(3))
def test_worked_example_of_a_mapping_loads_without_a_fault(number: int, tmp_path: Path):
    file = tmp_path / "mapping.yaml"
    file.write_text(EXAMPLES[number], encoding="utf-8")

    assert load_mapping(file, prefix="csk_").stages
