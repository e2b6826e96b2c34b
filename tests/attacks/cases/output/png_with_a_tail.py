# about: pictures that are pages: PNG with HTML behind, HTML that calls itself PNG
# verdict: INERT
# scores: 1 2
# %% after
import base64, struct, zlib
from IPython.display import display
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"tEXt", b"x\0<script>alert(1)</script>") + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
display({"image/png": base64.b64encode(png + b"<script>alert(1)</script>").decode()}, raw=True)
display({"image/png": '"><script>alert(1)</script>'}, raw=True)
display({"image/png": base64.b64encode(b"<svg onload=alert(1)>").decode(), "image/jpeg": "x\" onerror=\"alert(1)"}, raw=True)
