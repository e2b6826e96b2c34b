# about: prints scripts, in every case and split over calls
# verdict: INERT
# scores: 1 2
# says: alert(1)
# %% after
print("<script>alert(1)</script><SCRIPT SRC=//x.example/x.js></SCRIPT>")
print("<scr", end="")
print("ipt>alert(1)</scr" + "ipt>", "</pre></body><script>alert(1)</script>", "{{ 7 * 7 }} {% include '/etc/passwd' %}")
