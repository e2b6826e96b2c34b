# about: JSON nested two hundred thousand deep
# verdict: REJECT
# says: not a notebook
# %% hand_in
(folder / "01_double.ipynb").write_bytes(b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")
