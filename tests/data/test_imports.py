"""The app's process imports this room, so it must stay light."""

import subprocess
import sys

HEAVY = ["torch", "transformers", "datasets", "sklearn", "pyarrow", "pandas", "streamlit"]


def test_loading_the_demo_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from hamr.config import DataSettings\n"
        "from hamr.data import inspect, load\n"
        "inspect(load(DataSettings()))\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
