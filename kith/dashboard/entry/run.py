"""What Streamlit runs for each visitor. It stands apart: Streamlit takes a folder `pages` beside it for its own."""

from kith.dashboard.app import main

main()
