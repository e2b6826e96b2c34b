"""Which names a piece of code binds, and which it looks up outside of itself; nothing of it runs."""

from __future__ import annotations

import re
import symtable
from functools import lru_cache

# Code with one of these may look up names that cannot be told from its text
DYNAMIC = {"eval", "exec", "globals", "locals", "vars", "get_ipython", "modules", "__main__", "import_module"}


@lru_cache(maxsize=256)
def bound(source: str) -> frozenset[str]:
    """Return the names that code binds at its top level.

    >>> sorted(bound("import numpy as np\\ndef f(x): y = x"))
    ['f', 'np']
    """
    table = symtable.symtable(source, "cell", "exec")
    return frozenset(s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported())


def used(source: str) -> frozenset[str]:
    """Return the global names code may look up; every word of it where that cannot be told from its text.

    >>> sorted(used("def f(x): return np.sum(x) + y"))
    ['np', 'y']
    >>> sorted(used("eval(\'a + b\')"))
    ['a', 'b', 'eval']
    """
    words = frozenset(re.findall(r"\w+", source))
    try:
        tables = [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return words
    names: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        top = table.get_type() == "module"
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return words if words & DYNAMIC else frozenset(names)
