# about: sends packets by UDP, raw, netlink, vsock and other families of sockets
# verdict: DENY
# scores: 1 2
# says: sockets made: []
# %% after
import socket
made = []
for family in range(2, 46):
    for kind in (1, 2, 3, 5):
        try:
            with socket.socket(family, kind) as one:
                made.append((family, kind))
                if (family, kind) == (2, 2):
                    one.sendto(b"@MARK@", ("127.0.0.1", int("@UDP@")))
        except OSError:
            pass
print("sockets made:", made)
