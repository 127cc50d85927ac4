"""What the pages show, as typed answers: no Streamlit in here."""
