# about: ships sitecustomize, usercustomize, conftest, IPython and cnnlib beside the notebook
# verdict: ZERO
# scores: 0 0
# %% answer
def double(x):
    return 7 * x
# %% files name=sitecustomize.py
open("@HOSTTMP@/@MARK@-site", "w").close()
# %% files name=usercustomize.py
open("@HOSTTMP@/@MARK@-user", "w").close()
# %% files name=conftest.py
open("@HOSTTMP@/@MARK@-conftest", "w").close()
# %% files name=IPython/__init__.py
open("@HOSTTMP@/@MARK@-ipython", "w").close()
# %% files name=cnnlib/expect.py
open("@HOSTTMP@/@MARK@-cnnlib", "w").close()
# %% files name=nbgrader_config.py
open("@HOSTTMP@/@MARK@-config", "w").close()
