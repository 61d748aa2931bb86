"""Opens the demo."""

import os

from space.ui import STYLE, THEME, build

demo = build()

if __name__ == "__main__":
    hosted = "SPACE_ID" in os.environ  # by Hugging Face, where there is no browser to open
    demo.launch(theme=THEME, css_paths=STYLE, footer_links=["api", "settings"], run_history=False, inbrowser=not hosted)
