# about: promises a message of 200 MB and sends it drop by drop
# verdict: LIMIT
# scores: 1 2
# says: longer than 2 seconds
# %% before
import gc, struct, time
channel = next(thing for thing in gc.get_objects() if type(thing).__name__ == "Channel")
channel.connection.sendall(struct.pack("!IQ", 100, 200 << 20))
while True:
    channel.connection.sendall(b" ")
    time.sleep(0.1)
