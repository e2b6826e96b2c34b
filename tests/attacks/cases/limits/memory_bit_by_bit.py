# about: collects memory in small pieces until there is no more
# verdict: LIMIT
# scores: 1 2
# says: MemoryError
# %% before
def fill():
    pieces = []
    try:
        while True:
            pieces.append(bytearray(1 << 20))
    except MemoryError:
        pieces.clear()  # what is kept is missing for the checks, which is the student's own loss
        raise
fill()
