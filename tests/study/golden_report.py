"""What is said of the shipped study, held byte by byte; ``python -m tests.study.golden_report`` writes it anew.

The verdict is kept as it is, the rest as a digest of each part, so that a difference says where it is.
"""

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from mtldemo.cli.study_results import study_json
from mtldemo.study import exports
from mtldemo.study.collect import collect
from mtldemo.study.folder import SHIPPED, StudyFolder
from mtldemo.study.report import report

STUDY = "utkface-48px"
FILE = Path(__file__).parent / "golden" / f"{STUDY}.json"
FIGURE = re.compile(r'<script type="application/json">.*?</script>', re.DOTALL)


def current() -> dict[str, Any]:
    """The verdict, and digests of the JSON of ``compare --json``, of the report's sections (their figures' drawings by
    themselves) and of the exported tables."""
    study = StudyFolder(SHIPPED / STUDY)
    config = study.config()
    page = report(collect(study.runs()), study.name, config.baseline, study.compute())
    results = study_json(study, study.status())
    head = re.search(r"<header>.*?</header>", page, re.DOTALL)
    sections = re.findall(r"<section>\n<h2>(.*?)</h2>(.*?)</section>", page, re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        tables = {file.name: digest(file.read_text("utf-8")) for file in exports.csv(study.runs(), Path(folder))}
    return {
        "verdict": results["verdict"],
        "json": {name: digest(json.dumps(results[name])) for name in ("state", "runs", "baseline", "arms")},
        "report": {
            "head": digest(head[0] if head else ""),
            "sections": {title: digest(FIGURE.sub("", body)) for title, body in sections},
            "figures": {title: digest("".join(FIGURE.findall(body))) for title, body in sections},
        },
        "tables": tables,
    }


def digest(text: str) -> str:
    """The first 16 digits of the SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(current(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
