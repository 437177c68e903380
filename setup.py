"""What pyproject.toml cannot say: folders beside the packages that travel inside one of them.

dbt_project/ and dagster.yaml stand at the top of the repository, where people look for them. In a
wheel they are meterhouse/shipped/, so that an environment gets no folder of a common name.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
SHIPPED = ("dbt_project", "dagster.yaml")
# What dbt writes when it is started by hand.
GENERATED = ("target", "logs", "dbt_packages", ".*")


class BuildWithProject(build_py):
    """Copy them into the build; an editable install finds them where they are."""

    def run(self) -> None:
        """As setuptools does it, then the copy."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "meterhouse" / "shipped"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in SHIPPED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(*GENERATED))
            else:
                shutil.copy(source, target / name)


setup(cmdclass={"build_py": BuildWithProject})
