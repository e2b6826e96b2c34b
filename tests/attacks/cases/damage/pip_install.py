# about: installs a package, and changes the interpreter's settings
# verdict: DENY
# scores: 1 2
# %% before
import subprocess, sys
for words in (["-m", "pip", "install", "--no-index", "/tmp/@MARK@"], ["-m", "ensurepip", "--root", "/opt/@MARK@"], ["-m", "venv", "/opt/@MARK@"]):
    try:
        print(subprocess.run([sys.executable, "-S", *words], capture_output=True, timeout=0.5).returncode)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(type(error).__name__)
