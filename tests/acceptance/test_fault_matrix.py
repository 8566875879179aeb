"""Whatever fault hits whichever call at whatever moment: what stands in the end is the same."""

from itertools import product

import pytest

from tests.acceptance.fault_cells import built_world, faults_of
from tests.acceptance.fault_table import CALLS, CELLS, FAULTS, LASTING, MOMENTS, chosen

# What roams over everything counts no lines: that doubles its time, and tells nothing.
pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with built_world(tmp_path_factory.mktemp("faults")) as built:
        yield built


def test_matrix_has_every_fault_on_every_call_at_every_moment():
    assert (len(FAULTS), len(CALLS), len(MOMENTS)) == (16, 22, 3)
    assert len(set(CELLS)) == 16 * 22 * 3 - 1
    assert len(set(LASTING)) == 16 * 22


def test_chosen_cells_let_each_two_of_fault_and_call_and_moment_meet():
    single = [cell for cell in chosen() if not cell.lasts]

    assert {(cell.fault, cell.call) for cell in single} == set(product(FAULTS, CALLS))
    assert {(cell.fault, cell.moment) for cell in single} == set(product(FAULTS, MOMENTS))
    assert {(cell.call, cell.moment) for cell in single} == set(product(CALLS, MOMENTS))
    assert {cell.call for cell in chosen() if cell.lasts} == set(CALLS)


@pytest.mark.parametrize("cell", chosen(), ids=str)
def test_fault_leaves_what_an_undisturbed_run_leaves(world, cell):
    assert faults_of(world, cell) == []
