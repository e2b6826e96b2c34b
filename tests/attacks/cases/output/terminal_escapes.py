# about: escape sequences that clear terminals, set titles and hide text
# verdict: INERT
# scores: 1 2
# says: [visible]
# %% after
print("\x1b[2J\x1b[H\x1b]0;3 of 3\x07\x1b[8mhidden\x1b[0m\x1bc\x9b31m\x1b]8;;http://x.example\x1b\\link\x1b]8;;\x1b\\ [visible]")
print("0 points\r3 points\b\b\x7f\x00\x1bP1;2q\x1b\\")
