"""The numbers that independent simulators have computed, in reference/; its README describes them."""

import json
from pathlib import Path
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The contents of reference/NAME.json."""
    return json.loads((Path(__file__).parent / "reference" / f"{name}.json").read_text())
