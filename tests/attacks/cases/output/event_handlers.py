# about: text that would be an event handler wherever it is put into an attribute
# verdict: INERT
# scores: 0 0
# %% answer
def double(x):
    raise ValueError("' onmouseover='alert(1)' \" onfocus=\"alert(1)\" autofocus tabindex=1 ` onload=alert(1)")
# %% after
print("\" onmouseover=\"alert(1)\" x=\"")
