# about: runs shell commands through magics
# verdict: DENY
# scores: 1 2
# %% before
!echo shell @MARK@; ls @COURSE@; cat @HOSTTMP@/answers.txt
# %% before
%%bash
echo bash
rm -rf @COURSE@ @HOSTTMP@/answers.txt
# %% before
files = !cat @COURSE@/source/01_double/01_double.py
print(files)
# %% before
%sx ls /
# %% before
%%writefile /tmp/own.py
double = 3
