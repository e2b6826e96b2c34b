# about: connects to ports where other kernels and servers listen
# verdict: DENY
# scores: 1 2
# says: no port answered
# %% after
import socket
answered = []
for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "host.docker.internal"):
    for port in (int("@TCP@"), 8888, 5432):
        try:
            with socket.create_connection((host, port), timeout=0.2) as line:
                line.sendall(b"@MARK@")
                answered.append((host, port))
        except OSError:
            pass
print("no port answered" if not answered else answered)
