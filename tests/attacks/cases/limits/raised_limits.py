# about: raises its own limits again, as far as it may
# verdict: LIMIT
# scores: 1 2
# says: limits stay
# %% before
import resource
stayed = 0
for kind in (resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        stayed += 1
print("limits stay" if stayed == 5 else f"{5 - stayed} limits were raised")
