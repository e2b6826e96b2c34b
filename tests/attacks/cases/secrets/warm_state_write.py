# about: changes modules, builtins and the environment, for the students who come after
# verdict: DENY
# scores: 1 2
# %% after
import builtins, os, sys
import numpy
numpy.stolen = builtins.stolen = sys.stolen = os.stolen = "@MARK@"
os.environ["STOLEN"] = "@MARK@"
numpy.multiply = numpy.add = numpy.zeros = None
