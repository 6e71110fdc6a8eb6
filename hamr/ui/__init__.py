"""What the pages share. The one room that imports streamlit."""
