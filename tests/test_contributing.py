"""The templates of CONTRIBUTING.md are a unit that proves itself, here and behind the walls."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from autograder import markers, mutation, sandbox
from autograder.bridge import Peer
from autograder.checker import Checker

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


def test_every_kind_of_answer_is_graded_the_same_behind_the_walls(templates, warm_parent):
    here, there = mutation.run_source(templates), Checker(templates)
    with warm_parent(sandbox.Limits()) as parent, closing(parent.fork()) as child:
        peer = Peer(child.channel)
        for cell in templates.cells:
            if cell.kind == "code":
                assert peer.ask("run", cell.source)["error"] == ""
        for exercise in templates.exercises:
            answers = {exercise.name: exercise.solution.source} | {v.name: v.source for v in exercise.variants}
            for name, source in answers.items():
                peer.channel.allow(sandbox.Limits().cell)
                assert peer.ask("run", re.sub(rf"\b{name}\b", exercise.name, source))["error"] == ""
                wanted = mutation.judge(exercise, here, here[name])
                peer.channel.allow(sandbox.Limits().cell)
                came = [there.check(check, peer) for check in exercise.checks]
                assert [v.points for v in came] == [v.points for v in wanted], (name, came)
                said = [v.message.replace(name, exercise.name) for v in wanted]
                assert [v.message for v in came] == said, name
