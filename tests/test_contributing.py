"""The templates of CONTRIBUTING.md are a unit that proves itself, here and behind the walls."""

import re
from pathlib import Path

import pytest

from autograder import markers, mutation, sandbox

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


@pytest.fixture
def templates(tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    path = tmp_path / "source" / "01_templates" / "01_templates.py"
    path.parent.mkdir(parents=True)
    path.write_text("\n\n".join(blocks))
    return markers.read(path)


def test_every_template_is_proved(templates):
    proofs = mutation.verify(templates)
    assert len(proofs) == 5
    problems = [problem for proof in proofs for problem in proof.problems]
    assert [problem for problem in problems if "at least" not in problem] == []  # templates have fewer variants


def test_every_kind_of_answer_is_graded_the_same_behind_the_walls(templates, warm_parent, every_answer):
    imports = [cell for cell in templates.cells if cell.kind == "code"]
    with warm_parent(sandbox.Limits()) as parent:
        for name, exercise, came, wanted in every_answer(templates, parent, imports):
            assert [v.points for v in came] == [v.points for v in wanted], (name, came)
            assert [v.message for v in came] == [v.message.replace(name, exercise) for v in wanted], name
