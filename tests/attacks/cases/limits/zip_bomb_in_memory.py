# about: unpacks a bomb of a few kilobytes into gigabytes: out of memory or out of time, as the machine is fast or slow
# verdict: LIMIT
# scores: 1 2
# %% before
import zlib
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # can be repeated
zlib.decompressobj(-15).decompress(block * 3000)
