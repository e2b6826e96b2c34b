"""Attack cases are data: pytest must neither import nor collect them."""

collect_ignore = ["cases"]
