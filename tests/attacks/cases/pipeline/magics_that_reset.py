# about: magics that delete names, reload, run files and load extensions
# verdict: DENY
# scores: 1 2
# %% before
%reset -f
# %% before
import numpy as np
%load_ext autoreload
%autoreload 2
%xmode Plain
%colors NoColor
%config InteractiveShell.ast_node_interactivity = "all"
# %% before
%run @COURSE@/source/01_double/01_double.py
# %% before
%load @COURSE@/source/01_double/01_double.py
# %% before
%store -r
%history -g
# %% before
%timeit -n 1 -r 1 sum(range(10))
