# about: messages and outputs that are formulas for a spreadsheet
# verdict: INERT
# scores: 0 0
# %% answer
def double(x):
    raise ValueError("=cmd|' /C calc'!A0")
# %% after
print("=1+1\t@SUM(A1)\n+1\n-1")
