# about: a notebook for the kernel of another language
# verdict: REJECT
# says: Python
# %% hand_in
notebook["metadata"] = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}, "language_info": {"name": "R"}}
write(folder, notebook)
