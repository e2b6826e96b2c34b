# about: reads and copies what other students handed in
# verdict: ZERO
# scores: 0 0
# uses: hunt
# %% answer
import glob, json, re
search("@COURSE@/submitted", skip=())
for path in glob.glob("@COURSE@/submitted/*/*/*.ipynb") + glob.glob("/**/submitted/**/*.ipynb", recursive=True):
    for cell in json.load(open(path))["cells"]:
        if "def double" in "".join(cell["source"]):
            exec("".join(cell["source"]))
tell()
