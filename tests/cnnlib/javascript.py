"""Run what a view's JavaScript exports, without a browser."""

import json
import shutil
import subprocess

import pytest

from cnnlib.widgets.page import script

node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the widget's JavaScript")


def in_javascript(tmp_path, view, expression):
    """Return what an expression gives, with the exports of a view's script in scope as `js`."""
    module = tmp_path / f"{view}.mjs"
    module.write_text(script(view), encoding="utf-8")
    program = f"import * as js from {json.dumps(module.as_uri())}; console.log(JSON.stringify({expression}))"
    run = ["node", "--input-type=module", "--eval", program]
    done = subprocess.run(run, capture_output=True, check=True, encoding="utf-8", timeout=60)
    return json.loads(done.stdout)
