"""Many runs as one comparison: what a study is, its folder, its plan and the queue that works it off.

Importing it costs no torch; the queue and the plan's measurements import it where they need it.
"""

from mtldemo.study.config import Arm, StudyConfig, run_config, run_name
from mtldemo.study.folder import StudyFolder, create_study, list_studies, open_study
from mtldemo.study.status import StudyStatus

__all__ = [
    "Arm",
    "StudyConfig",
    "StudyFolder",
    "StudyStatus",
    "create_study",
    "list_studies",
    "open_study",
    "run_config",
    "run_name",
]
