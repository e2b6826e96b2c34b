# about: asks the kernel for what opens walls, with arguments that change nothing
# verdict: DENY
# scores: 1 2
# says: let through: []
# %% after
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
calls = {"mount": 165, "umount2": 166, "unshare": 272, "setns": 308, "ptrace": 101, "chroot": 161, "bpf": 321, "keyctl": 250, "add_key": 248, "userfaultfd": 323, "io_uring_setup": 425, "open_by_handle_at": 304, "name_to_handle_at": 303, "memfd_create": 319, "perf_event_open": 298, "init_module": 175, "kexec_load": 246, "reboot": 169, "swapon": 167, "fsopen": 430, "open_tree": 428, "move_mount": 429, "pidfd_getfd": 438, "process_vm_readv": 310, "quotactl": 179, "syslog": 103, "clone3": 435}
through = []
if os.uname().machine == "x86_64":
    for name, number in calls.items():
        outcome, error = libc.syscall(number, 0, 0, 0, 0, 0, 0), ctypes.get_errno()
        if outcome != -1 or error not in (1, 38):
            through.append((name, outcome, os.strerror(error)))
print("let through:", through)
