# about: makes looking up the answer take for ever
# verdict: LIMIT
# scores: 0 0
# says: longer than 2 seconds
# %% after
class Names(dict):
    def __getitem__(self, name):
        while True:
            pass
for thing in __import__("gc").get_objects():
    if type(thing).__name__ == "Peer":
        thing.handlers["find"] = Names().__getitem__
