# about: returns objects whose repr and class are scripts
# verdict: INERT
# scores: 0 0
# %% answer
class Evil:
    def __repr__(self):
        return "<script>alert(1)</script>' onclick='alert(1)"
    _repr_html_ = _repr_svg_ = _repr_markdown_ = _repr_javascript_ = _repr_latex_ = __repr__
def double(x):
    return Evil()
# %% after
double(1)
