# about: leaves by exit, quit and their kin
# verdict: DENY
# scores: 1 2
# %% before
exit
# %% before
quit()
# %% before
raise SystemExit("bye")
# %% before
raise KeyboardInterrupt
