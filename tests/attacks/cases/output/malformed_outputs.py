# about: outputs of types no notebook has
# verdict: INERT
# scores: 1 2
# %% after
from IPython.display import display
for data in ({"text/plain": ["a", 1]}, {"text/plain": {"a": "<script>"}}, {"image/png": 7}, {"text/plain": None}, {7: 7}, {"text/plain": b"<script>alert(1)</script>"}):
    display(data, raw=True)
outputs = get_ipython().recorder.outputs
outputs += [None, 7, "<script>", ["<script>"], {"output_type": ["stream"]}, {"output_type": "stream", "text": {"<script>": 1}}, {"output_type": "error", "ename": 7, "evalue": None, "traceback": [7]}, {"output_type": "error", "traceback": "<script>"}, {"output_type": "display_data", "data": {"text/html": "<script>"}}]
