# about: uses what no answer needs; a note tells the instructor
# verdict: REPAIR
# scores: 1 2
# says: worth a look
# says: _getframe
# %% before
import sys
sys._getframe(0)
