# about: connects to the sockets of docker, dbus, systemd and X, as files and as abstract names
# verdict: DENY
# scores: 1 2
# says: no socket answered
# %% after
import socket
answered = []
for path in ("@UNIX@", "\0@ABSTRACT@", "/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "/run/containerd/containerd.sock", "\0/tmp/.X11-unix/X0", "/run/user/0/bus"):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
            one.settimeout(0.2)
            one.connect(path)
            answered.append(path)
    except OSError:
        pass
print("no socket answered" if not answered else answered)
