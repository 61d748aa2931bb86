"""What the tabs do, a module for each: plain values in, pieces out, and no Gradio.

Whatever comes from outside is checked here, with `space.checks`, before `mvae` sees it.
"""
