"""A project's license is the one that was chosen, and whoever works on it finds its Python."""

import tomllib
from pathlib import Path

import pytest

from tests.baking import Cookies, bake
from tests.combinations import COMBINATIONS
from tests.installed import install

# How the text of each license begins and ends, in one line.
TEXTS = {
    "MIT": ("MIT License", "DEALINGS IN THE SOFTWARE."),
    "Apache-2.0": ("Apache License Version 2.0, January 2004", "limitations under the License."),
    "BSD-3-Clause": ("BSD 3-Clause License", "POSSIBILITY OF SUCH DAMAGE."),
    "proprietary": ("Copyright (c) Ann Lee", "written permission of the copyright holder."),
}


def bake_with(cookies: Cookies, license_: str) -> tuple[Path, dict[str, object]]:
    """Return a rendered project of Ann Lee, and the metadata in its pyproject.toml."""
    project = bake(cookies, **COMBINATIONS[0].answers, license=license_, full_name="Ann Lee")
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    return project, pyproject["project"]


@pytest.mark.parametrize("license_", TEXTS)
def test_a_project_has_its_license_in_words_and_metadata(cookies: Cookies, license_: str) -> None:
    project, metadata = bake_with(cookies, license_)

    text = " ".join((project / "LICENSE").read_text(encoding="utf-8").split())
    begin, end = TEXTS[license_]
    assert text.startswith(begin)
    assert text.endswith(end)
    assert ("Copyright (c) Ann Lee " in text) == (license_ != "Apache-2.0")
    spdx = "LicenseRef-Proprietary" if license_ == "proprietary" else license_
    assert (metadata["license"], metadata["license-files"]) == (spdx, ["LICENSE"])


def test_a_project_without_a_license_names_none(cookies: Cookies) -> None:
    project, metadata = bake_with(cookies, "none")

    assert not (project / "LICENSE").exists()
    assert not {"license", "license-files"} & metadata.keys()


def test_the_python_of_the_environment_is_that_of_the_project() -> None:
    project = install(COMBINATIONS[0])

    pinned = (project.path / ".python-version").read_text(encoding="utf-8")
    version = "import sys; print('{}.{}'.format(*sys.version_info))"
    assert project.run(f'python -c "{version}"') == pinned
