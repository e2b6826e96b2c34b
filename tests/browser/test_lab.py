"""JupyterLab in a real browser: what a student sees on the first day."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from autograder import markers

ROOT = Path(__file__).parents[2]
POLLING = 200  # milliseconds; Playwright's default waits for animation frames, which a busy machine may not draw

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab over a student's copy of the course; yields its address."""
    home = tmp_path_factory.mktemp("home")
    desk = tmp_path_factory.mktemp("desk")
    for folder in ("release", "course"):
        shutil.copytree(ROOT / folder, desk / folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.check_for_updates_class="
        "jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=", "--expose-app-in-browser",
    ]  # fmt: skip
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=desk, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=1).close()
            break
        except OSError:
            time.sleep(0.5)
    else:
        pytest.fail((home / "log").read_text())
    yield address
    server.terminate()
    server.wait(10)


@pytest.fixture
def page(browser):
    """A browser with an empty profile."""
    return browser(viewport={"width": 1400, "height": 1000})


def run_all(page, address, notebook, workspace):
    page.goto(f"{address}/lab/workspaces/{workspace}/tree/{notebook}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.ready")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def test_run_all_on_an_untouched_assignment_shows_every_verdict(lab, page):
    assignment = markers.read(markers.units(ROOT)[0])
    unit = assignment.unit
    run_all(page, lab, f"release/{unit}/{unit}.ipynb", "untouched")
    page.wait_for_function(
        "count => [...document.querySelectorAll('.jp-OutputArea')]"
        ".filter(area => area.textContent.includes('is not written yet')).length >= count",
        arg=1,
        timeout=120_000,
        polling=POLLING,
    )
    told, folded = set(), set()
    page.locator(".jp-WindowedPanel-outer").evaluate("panel => { panel.scrollTop = 0 }")
    for _ in range(80):  # cells out of sight are not in the page: scroll through them
        told.update(page.locator(".jp-OutputArea", has_text="is not written yet").all_inner_texts())
        folded.update(page.locator(".jp-InputPlaceholder").all_inner_texts())
        page.mouse.move(700, 600)
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(150)
    lines = {
        f"# Check · {c.points} point{'s' * (c.points != 1)} · {c.why}" for e in assignment.exercises for c in e.checks
    }
    assert folded - {""} == lines
    names = {exercise.name for exercise in assignment.exercises}
    assert {name for name in names if any(f"`{name}`" in text for text in told)} == names


def shut_down_kernel(page):
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    page.get_by_text("No Kernel").first.wait_for(timeout=30_000)


def view_without_a_kernel(page, lab, notebook, view):
    """Run a lesson, shut its kernel down, and return one of its views."""
    run_all(page, lab, f"course/{notebook}.ipynb", view)
    page.evaluate("() => { window.cells = jupyterapp.shell.currentWidget.content.widgets }")
    page.wait_for_function(
        "() => cells.every(cell => cell.model.type != 'code' || cell.model.executionCount)",
        timeout=120_000,
        polling=POLLING,
    )
    shut_down_kernel(page)
    page.evaluate(
        """call => {
          const index = cells.findIndex(cell => cell.model.sharedModel.source.includes(call))
          jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')
        }""",
        f"widgets.{view}(",
    )
    shown = page.locator(f".{view.replace('_', '-')}").first
    shown.scroll_into_view_if_needed(timeout=30_000)
    return shown


def test_the_perceptron_of_lesson_01_learns_without_a_kernel(lab, page):
    view = view_without_a_kernel(page, lab, "01_neuron", "decision_boundary")
    view.get_by_role("combobox", name="Points").select_option("a wide gap")
    for mistakes in range(1, 8):
        view.get_by_role("button", name="Next mistake").click()
        view.get_by_text(f"{mistakes} mistake{'s' * (mistakes > 1)} so far").wait_for(timeout=5_000)
    view.get_by_role("button", name="Next mistake").click()
    assert view.locator(".dot.wrong").count() == 0
    view.locator(".stage").press("n")
    view.locator(".stage").press("c")  # the picked point switches its class, so it lies on the wrong side
    assert view.locator(".dot.wrong").count() == 1


def test_the_gradient_of_lesson_02_passes_layers_without_a_kernel(lab, page):
    view = view_without_a_kernel(page, lab, "02_activations", "activations")
    view.get_by_role("combobox", name="Function").select_option("ReLU")
    depth = view.get_by_role("slider", name="Number of layers")
    depth.fill("50")
    view.get_by_text("It vanishes.").first.wait_for(timeout=5_000)
    view.get_by_role("combobox", name="Scale of the weights").select_option("√2")
    view.get_by_text("ReLU: at the input").filter(has_text="It survives.").wait_for(timeout=5_000)
    depth.press("ArrowLeft")
    assert depth.input_value() == "49"


def test_the_gradient_of_lesson_03_walks_back_without_a_kernel(lab, page):
    view = view_without_a_kernel(page, lab, "03_backpropagation", "computation_graph")
    view.get_by_role("combobox", name="Expression").select_option("x² + x")
    view.get_by_role("slider", name="x", exact=True).fill("-50")  # hundredths
    view.get_by_role("button", name="To the end").click()
    view.get_by_text("1 + (−1) = 0").first.wait_for(timeout=5_000)  # both ways to x


def test_the_race_of_lesson_04_runs_on_without_a_kernel(lab, page):
    race = view_without_a_kernel(page, lab, "04_optimizers", "optimizer_race")
    step = race.get_by_role("slider", name="Step of the race")
    race.get_by_role("combobox", name="Surface").select_option(index=1)
    assert step.input_value() == "0"
    race.get_by_role("button", name="Play").click()
    page.wait_for_function("slider => Number(slider.value) > 20", arg=step.element_handle(), polling=POLLING)
    race.get_by_role("button", name="Pause").click()
    at = int(step.input_value())
    race.locator(".stage").press("ArrowRight")
    assert int(step.input_value()) == at + 1
    before = race.locator("path.line").first.get_attribute("d")
    race.get_by_role("slider", name="Learning rate of all").fill("0")
    assert not race.get_by_label("each at its own best rate").is_checked()
    assert race.locator("path.line").first.get_attribute("d") != before


def test_the_sliding_window_of_lesson_08_answers_to_a_step(lab, page):
    run_all(page, lab, "course/08_convolution.ipynb", "window")
    widget, said = page.locator(".sliding-window").first, set()
    for _ in range(120):  # cells above still grow while they run, so the view moves: look again, press again
        if widget.count():
            widget.scroll_into_view_if_needed(timeout=60_000)
            widget.get_by_role("button", name="Next window").first.click(timeout=60_000)
            said.add(widget.inner_text(timeout=60_000))
        else:
            page.mouse.move(700, 600)
            page.mouse.wheel(0, 700)
        if len(said) > 2:
            break
        page.wait_for_timeout(500)
    assert len(said) > 2, said
