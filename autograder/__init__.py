"""Build the course, prove its checks, grade submissions."""

import os
import sys

# Graders run side by side, one thread each, and a process with threads cannot be forked safely. Numerical libraries
# read this when they are first imported.
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
for name, number in THREADS.items():
    os.environ.setdefault(name, number)

# jsonschema would spend a second building a parser for a kind of address that no notebook has; it does without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
