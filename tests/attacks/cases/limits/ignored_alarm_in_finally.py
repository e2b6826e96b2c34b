# about: loops in finally and in __del__, where interrupts are ignored
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
class Sticky:
    def __del__(self):
        while True:
            pass
try:
    raise KeyboardInterrupt
finally:
    sticky = Sticky()
    del sticky
