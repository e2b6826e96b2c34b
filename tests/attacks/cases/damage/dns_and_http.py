# about: looks up names and fetches pages
# verdict: DENY
# scores: 1 2
# says: no page came
# %% after
import socket, urllib.request
came = []
for name in ("example.com", "localhost"):
    try:
        socket.setdefaulttimeout(0.3)
        if name != "localhost":
            came.append(socket.getaddrinfo(name, 80))
    except OSError as error:
        print(type(error).__name__)
for url in ("http://127.0.0.1:@TCP@/@MARK@", "http://192.0.2.1/", "http://[2001:db8::1]/"):
    try:
        came.append(urllib.request.urlopen(url, timeout=0.3).read())
    except OSError as error:
        print(type(error).__name__)
print("no page came" if not came else came)
