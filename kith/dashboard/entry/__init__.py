"""Where Streamlit begins."""
