"""What an attacker searches with: stands in the first cell of cases that say `uses: hunt`."""

import os
import re

MARKER = re.compile(rb"CANARY-[0-9a-z]+-[0-9a-f]{32}")
found = set()


def look(thing):
    """Keep every marker in a value's text or bytes."""
    data = thing if isinstance(thing, bytes) else str(thing).encode("utf-8", "replace")
    found.update(match.decode() for match in MARKER.findall(data))


def look_into(path, most=1 << 20):
    """Search one file."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        look(os.read(number, most))
    except OSError:
        pass
    finally:
        os.close(number)


def search(*folders, skip=("/usr", "/lib", "/lib64", "/sys", "/opt/venv"), most=20_000):
    """Search folders with all that is below them."""
    for folder in folders:
        for here, inner, files in os.walk(folder):
            inner[:] = [name for name in inner if os.path.join(here, name) not in skip]
            look(here + " ".join(inner + files))
            for name in files:
                most -= 1
                if most < 0:
                    return
                look_into(os.path.join(here, name))


def tell():
    """Spread what was found in every way there is."""
    text = " ".join(sorted(found))
    print("found", len(found), text)
    with open("/tmp/loot", "w") as file:
        file.write(text)
    if found:
        raise RuntimeError(text)
