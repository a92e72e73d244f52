"""Worklist and results in a browser: the page of the node."""
