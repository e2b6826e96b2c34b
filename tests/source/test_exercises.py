"""Every exercise of the course, proved in plain pytest: no kernel, no notebook."""

from pathlib import Path

import pytest

from autograder import markers, mutation

SOURCES = markers.units(Path(__file__).parents[2])


def case(path, *values, id):
    """One process of several proves a unit, so that it is proved once."""
    return pytest.param(path, *values, id=id, marks=pytest.mark.xdist_group(path.stem))


CASES = [
    case(path, exercise.name, variant.name, id=f"{path.stem[:2]}-{variant.name}")
    for path in SOURCES
    for exercise in markers.read(path).exercises
    for variant in exercise.variants
]


@pytest.fixture(scope="session")
def proofs():
    """Prove each unit once."""
    known = {}

    def prove(path):
        if path not in known:
            known[path] = {proof.exercise.name: proof for proof in mutation.verify(markers.read(path))}
        return known[path]

    return prove


@pytest.mark.parametrize("path", [case(path, id=path.stem) for path in SOURCES])
def test_a_unit_is_proved(proofs, path):
    assert [problem for proof in proofs(path).values() for problem in proof.problems] == []


@pytest.mark.parametrize(("path", "exercise", "variant"), CASES)
def test_an_answer_is_judged_for_what_it_is(proofs, path, exercise, variant):
    (trial,) = (trial for trial in proofs(path)[exercise].trials if trial.variant.name == variant)
    assert trial.accepted == trial.variant.right
    if not trial.variant.right:
        assert trial.points < proofs(path)[exercise].exercise.points
