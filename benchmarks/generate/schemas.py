"""Schemas of the generated events (S-64): each property declared, with bounds, and no others."""

import hashlib
import json
from pathlib import Path
from typing import Any

_REGION = {"type": "string", "enum": ["eu", "us", "ap"]}
_USER = {"type": "string", "minLength": 2, "maxLength": 64, "pattern": "^u[0-9]+$"}


def _up_to(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": most}


SCHEMAS: dict[str, dict[str, Any]] = {
    "api_call": {"region": _REGION, "user_id": _USER, "status": _up_to(599)},
    "llm_request": {
        "model": {"type": "string", "enum": ["small", "large"]},
        "user_id": _USER,
        "input_tokens": _up_to(1_000_000),
        "output_tokens": _up_to(1_000_000),
    },
    "transfer": {
        "region": _REGION,
        "direction": {"type": "string", "enum": ["in", "out"]},
        "bytes": {"type": "number", "minimum": 0, "maximum": 10**12},
    },
}


def write_schemas(book: Path) -> None:
    """Publish them in a price book's folder, in the mode that keeps out what breaks them."""
    folder = book / "event_types"
    published, modes = ["event_type,version,sha256,reason"], ["event_type,mode"]
    for name, properties in SCHEMAS.items():
        schema = {
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        path = folder / name / "v1.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema), encoding="utf-8")
        published.append(f"{name},1,{hashlib.sha256(path.read_bytes()).hexdigest()},")
        modes.append(f"{name},quarantine")
    for file, lines in (("published.csv", published), ("modes.csv", modes)):
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
