import math
import os
import platform
import re
import socket
import sys
import tomllib
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlib import environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("environment must not use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def installed(monkeypatch):
    """Pretend that some packages have another version, or None for missing."""
    true_version = metadata.version

    def pretend(**others):
        def version(name):
            if name in others:
                if others[name] is None:
                    raise metadata.PackageNotFoundError(name)
                return others[name]
            return true_version(name)

        monkeypatch.setattr(metadata, "version", version)

    return pretend


def a_report(**changes):
    facts = {
        "python": "3.12.1",
        "versions": {"cnnlib": "0.1.0", "numpy": "2.1.0", "torch": "2.5.1", "scipy": "1.14"},
        "system": "Linux",
        "cores": 4,
        "memory": 16.0,
        "device": "cpu",
        "seconds": 0.5,
        "problems": (),
    }
    return environment.Environment(**facts | changes)


def test_the_report_agrees_with_torch_numpy_and_the_system():
    report = environment.check()
    assert report.python == platform.python_version()
    assert report.versions["numpy"] == np.__version__
    assert report.versions["torch"] == str(torch.__version__)
    assert report.versions["cnnlib"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert platform.system() in report.system
    assert 1 <= report.cores <= os.cpu_count()
    assert report.device.split(":")[0] == ("cuda" if torch.cuda.is_available() else "cpu") or report.device == "mps"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot bind a process to a core")
def test_only_cores_this_process_may_use_are_counted():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert environment.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_memory_is_the_machine_s():
    psutil = pytest.importorskip("psutil")
    assert environment.machine_memory() == pytest.approx(psutil.virtual_memory().total, rel=0.01)


@pytest.mark.parametrize(("text", "expected"), [("2000000000\n", 2.0), ("max\n", None), (None, None)])
def test_a_container_s_limit_counts(tmp_path, monkeypatch, text, expected):
    file = tmp_path / "memory.max"
    if text:
        file.write_text(text)
    monkeypatch.setattr(environment, "container_files", (str(file),))
    assert environment.memory_in_gb() == (expected or environment.machine_memory() / 1e9)


def test_a_missing_package_is_reported_with_what_to_do(installed):
    installed(anywidget=None)
    report = environment.check()
    assert report.versions["anywidget"] is None
    [problem] = [problem for problem in report.problems if "anywidget" in problem]
    assert "missing: the interactive figures do not appear" in problem
    assert '`%pip install "anywidget>=0.9"`' in problem
    assert not report.ready
    assert "anywidget" in str(report) and "missing" in str(report)


def test_without_torch_there_is_no_device_and_no_estimate(installed):
    installed(torch=None)
    report = environment.check()
    assert (report.device, report.seconds, report.minutes) == (None, None, None)
    assert any('%pip install "torch>=' in problem for problem in report.problems)
    assert "unknown, because torch is missing" in str(report)
    assert "unknown, because torch is missing" in report._repr_html_()


def test_an_old_version_is_reported_with_what_to_do(installed):
    installed(scipy="1.9.3")
    [problem] = [problem for problem in environment.check().problems if "scipy" in problem]
    assert re.match(r"scipy 1\.9\.3 is too old, 1\.11 or newer is wanted\. Run `%pip install", problem)


def test_an_old_python_is_reported(monkeypatch):
    monkeypatch.setattr(platform, "python_version", lambda: "3.9.18")
    assert any("Python 3.9.18 is too old, 3.11" in problem for problem in environment.check().problems)


def test_little_memory_is_reported(monkeypatch):
    monkeypatch.setattr(environment, "memory_in_gb", lambda: 2.0)
    assert any("only 2.0 GB of memory" in problem for problem in environment.check().problems)


def test_a_torch_that_does_not_load_is_a_problem_not_an_exception(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    report = environment.check()
    assert any("torch is installed, but does not work" in problem for problem in report.problems)
    assert report.seconds is None
    assert str(report) and report._repr_html_()


def test_a_training_that_crashes_is_a_problem_not_an_exception(monkeypatch):
    def crash(*args, **options):
        raise RuntimeError("no kernel image")

    monkeypatch.setattr(torch, "conv2d", crash)
    assert any("RuntimeError: no kernel image" in problem for problem in environment.check().problems)


def test_nothing_installed_at_all_still_gives_a_report(monkeypatch):
    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", nothing)
    monkeypatch.setattr(metadata, "metadata", nothing)
    report = environment.check()
    assert {name for name, version in report.versions.items() if version is None} >= {"numpy", "torch", "scipy"}
    monkeypatch.setattr(environment, "written_requirements", lambda file: ("", []))
    assert ["Keep the folders of the course together" in problem for problem in environment.check().problems] == [True]


def test_an_unpacked_course_wants_what_pyproject_says(monkeypatch):
    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    from_metadata = environment.requirements()
    monkeypatch.setattr(metadata, "metadata", nothing)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    written = dict(line.split(">=") for line in [f"python{project['requires-python']}", *project["dependencies"]])
    assert environment.requirements() == written == from_metadata


def test_the_time_of_the_course_grows_with_the_measured_time():
    course = sum(environment.reference_unit_seconds.values()) / 60
    for slower in (1, 10, 100):
        low, high = a_report(seconds=slower * environment.reference_seconds).minutes
        assert low == math.ceil(slower * course - 1e-9)
        assert high == math.ceil(environment.times_over * slower * course - 1e-9)


def test_the_reasoning_of_the_estimate_can_be_read():
    text = a_report(seconds=0.5).rows["course"]
    assert text.startswith("about {} to {} minutes".format(*a_report(seconds=0.5).minutes))
    assert f"0.5 / {environment.reference_seconds:.2g} × " in text


def test_the_measured_time_is_the_median_and_leaves_the_warm_up_out(monkeypatch):
    clock = iter([0.0, 1.0, 10.0, 30.0, 100.0, 105.0])
    runs = []
    monkeypatch.setattr(environment, "train", runs.append)
    monkeypatch.setattr(environment.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(environment, "longest_measurement", 100)
    assert environment.seconds_of_work(torch, repeats=3) == 5.0
    assert len(runs) == 4


def test_a_slow_machine_measures_once(monkeypatch):
    clock = iter([0.0, 60.0])
    monkeypatch.setattr(environment, "train", lambda torch: None)
    monkeypatch.setattr(environment.time, "perf_counter", lambda: next(clock))
    assert environment.seconds_of_work(torch) == 60


def test_torch_keeps_its_threads():
    before = torch.get_num_threads()
    environment.seconds_of_work(torch, repeats=1)
    assert torch.get_num_threads() == before


def test_the_measured_training_is_always_the_same_and_leaves_torch_s_randomness_alone():
    state = torch.get_rng_state()
    assert environment.train(torch, 3) == pytest.approx(environment.train(torch, 3), rel=1e-5)
    assert torch.equal(state, torch.get_rng_state())


def test_html_is_escaped():
    report = a_report(system="<script>alert(1)</script>", problems=('pip "a>=1" & <b>',))
    page = report._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "pip &quot;a&gt;=1&quot; &amp; &lt;b&gt;" in page


def test_html_is_well_formed_and_leaves_the_colours_to_the_page():
    class Tags(HTMLParser):
        open: list[str]

        def handle_starttag(self, tag, attrs):
            self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    tags = Tags()
    tags.open = []
    page = a_report(problems=("one", "two"))._repr_html_()
    tags.feed(page)
    assert tags.open == []
    assert "color" not in page and "background" not in page
    assert "2 problems" in page


def test_ready_is_said_first():
    assert str(a_report()).startswith("✓ ready\n")
    assert "✓ ready" in a_report()._repr_html_()


def test_the_text_is_aligned():
    lines = str(a_report()).splitlines()[1:]
    width = len("cnnlib") + 2
    assert all(line[width - 1] == " " and line[width] != " " for line in lines)
    assert max(map(len, lines)) <= 100
