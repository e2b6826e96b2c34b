# about: embeds files of the host as pictures, by path
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
from IPython.display import HTML, Image, Markdown, SVG, display
for make in (Image, SVG, HTML, Markdown):
    for path in ("@HOSTTMP@/answers.txt", "@COURSE@/gradebook.db", "@COURSE@/source/01_double/01_double.py"):
        try:
            display(make(filename=path))
        except BaseException as error:
            print(type(error).__name__)
display({"text/html": "<img src='file://@HOSTTMP@/answers.txt'>", "text/plain": "a picture"}, raw=True)
