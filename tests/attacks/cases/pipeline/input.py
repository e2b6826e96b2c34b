# about: waits for somebody to type
# verdict: DENY
# scores: 1 2
# %% before
name = input("your name? ")
# %% before
import getpass
getpass.getpass("password? ")
# %% before
import sys
sys.stdin.read(), open("/dev/tty").read()
