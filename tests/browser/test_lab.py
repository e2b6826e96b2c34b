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


def test_the_race_of_lesson_04_runs_on_without_a_kernel(lab, page):
    run_all(page, lab, "course/04_optimizers.ipynb", "race")
    page.evaluate("() => { window.cells = jupyterapp.shell.currentWidget.content.widgets }")
    page.wait_for_function(
        "() => cells.every(cell => cell.model.type != 'code' || cell.model.executionCount)",
        timeout=120_000,
        polling=POLLING,
    )
    shut_down_kernel(page)
    page.evaluate(
        """() => {
          const index = cells.findIndex(cell => cell.model.sharedModel.source.includes('optimizer_race('))
          jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')
        }"""
    )
    race = page.locator(".optimizer-race").first
    race.scroll_into_view_if_needed(timeout=30_000)
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
