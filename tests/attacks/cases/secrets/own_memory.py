# about: searches its own memory above the stack, where the old environment and arguments would stand
# verdict: DENY
# scores: 1 2
# uses: hunt
# %% after
import ctypes, sys
libc = ctypes.CDLL(None)
environ = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
argv = ctypes.c_char_p.in_dll(libc, "program_invocation_name")
look(argv.value)
look(sys.argv), look(sys.orig_argv), look(sys.flags)
tell()
