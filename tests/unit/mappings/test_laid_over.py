"""Documents over which variables are laid: whose fault it is, and how a text was written."""

from dataclasses import replace

import pytest

from mappings.yaml import document_of, text_at

FILE = document_of("a: {b: 1}\nc: 2\n", file="f.yaml")


@pytest.mark.parametrize(
    ("variables", "path", "told"),
    [
        ({("c",): "V_C"}, ("c",), "V_C: c: no"),
        ({("c",): "V_C"}, ("c", "d"), "V_C: c.d: no"),
        ({("c",): "V_C"}, ("a", "b"), "f.yaml:1: a.b: no"),
        ({("c",): "V_C"}, (), "f.yaml:1: no"),
        ({("a", "x"): "V_X"}, ("a",), "f.yaml:1: a: no (see V_X too)"),
        ({("n", "x"): "V_X", ("n", "y"): "V_Y"}, ("n",), "V_X, V_Y: n: no"),
        ({("a",): "V_A", ("a", "x"): "V_X"}, ("a", "x"), "V_X: a.x: no"),
    ],
)
def test_fault_is_told_by_the_variable_that_set_the_value_and_else_by_its_line(
    variables, path, told
):
    assert str(replace(FILE, variables=variables).fault(path, "no")) == told


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a", 0), "012"),
        (("a", 1, "b"), "1e3"),
        (("a",), None),
        (("x",), None),
        ((), None),
        (("a", "x"), None),
    ],
)
def test_text_is_found_as_it_was_written(path, text):
    assert text_at("{a: [012, {b: 1e3}]}", path) == text
