"""Promises of the project's own files: one set of requirements, a lock, commands that work."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def names(requirements):
    return {re.split(r"[<>=]", requirement)[0].lower() for requirement in requirements}


def test_conda_installs_what_pip_installs():
    *conda, by_pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = [
        re.sub(r"^[a-z-]+", lambda match: CONDA_NAMES.get(match[0], match[0]), requirement)
        for requirement in PROJECT["dependencies"]
    ]
    python = "python" + PROJECT["requires-python"]
    assert {*conda, *by_pip["pip"]} - {"pip", "--no-deps --editable ."} == {*pip, python}


def test_the_lock_pins_every_requirement_and_torch_first():
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "torch==2.13.0"
    assert all("==" in line and "+" not in line for line in lines)
    extras = PROJECT["optional-dependencies"]
    wanted = names([*PROJECT["dependencies"], *extras["instructor"], *extras["dev"]])
    assert wanted <= names(lines)


def test_the_lock_is_what_is_installed():
    installed = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert "torch" not in installed.stdout, installed.stdout


def commands():
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line})


RUNNABLE = re.compile(r"^(autograder|python bench)\b")
# Not run here: they start servers, install things, are the tests themselves, take minutes, or need a class
ELSEWHERE = re.compile(
    r"^(git|cd|conda|make|jupyter|nbgrader|wandb|autograder grade|autograder build$"
    r"|python (bench/units|bench/goals|-m cnnlib))"
)


def test_every_command_of_the_readme_is_known():
    assert [line for line in commands() if not RUNNABLE.match(line) and not ELSEWHERE.match(line)] == []


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = [line.split()[1] for line in commands() if line.startswith("make ")]
    assert targets
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in commands() if RUNNABLE.match(line) and not ELSEWHERE.match(line)])
def test_a_command_of_the_readme_runs(line):
    program, *arguments = line.split()
    binary = Path(sys.executable).parent / program
    done = subprocess.run([str(binary), *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    if done.stderr.startswith("SandboxError"):
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("a_sandbox")
def test_the_demo_class_gets_its_known_scores():
    binary = Path(sys.executable).parent / "autograder"
    done = subprocess.run([str(binary), "demo"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.fullmatch(r"demo: (\d+) of (\d+) scores as known", done.stdout.strip().splitlines()[-1])
    assert found is not None
    assert found[1] == found[2]
    assert int(found[2]) >= 12 * len(list((ROOT / "source").glob("*/*.py")))


def test_a_mistake_at_the_command_line_ends_in_one_sentence():
    binary = Path(sys.executable).parent / "autograder"
    done = subprocess.run([str(binary), "verify", "77"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no unit is called '77'" in done.stderr
    assert "Traceback" not in done.stderr
