"""Opens the demo."""

import os

from starlette.middleware import Middleware

from space.checks import LARGEST
from space.sending import Sending
from space.ui import SESSIONS, STYLE, THEME, build

demo = build()

if __name__ == "__main__":
    hosted = "SPACE_ID" in os.environ  # by Hugging Face, where there is no browser to open
    demo.launch(
        theme=THEME,
        css_paths=STYLE,
        footer_links=["api", "settings"],
        run_history=False,
        inbrowser=not hosted,
        mcp_server=hosted or None,  # elsewhere GRADIO_MCP_SERVER says
        state_session_capacity=SESSIONS,
        max_file_size=f"{LARGEST}mb",
        app_kwargs={"middleware": [Middleware(Sending)]},
    )
