"""Following a page in Markdown: its commands are run, its code is written where it says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.baking import load
from tests.combinations import TEMPLATE
from tests.installed import Installed, section_of
from tests.test_architecture import BLOCK, PLACE, Block, write
from tests.test_walk import curl_home

HOOK = load(TEMPLATE / "hooks/post_gen_project.py")
FENCE = re.compile("^```", re.MULTILINE)
SERVED = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Page:
    """A page of the documentation, followed in a project."""

    text: str

    @classmethod
    def read(cls, name: str, heading: str = "") -> "Page":
        """Read a page, or what it has under a heading of the second level."""
        text = (TEMPLATE / "docs" / name).read_text(encoding="utf-8")
        return cls(section_of(text, heading) if heading else text)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the page; each of Python has its place."""
        found = BLOCK.findall(self.text)
        assert len(found) * 2 == len(FENCE.findall(self.text)), "a block has no paragraph before it"
        for before, language, code in found:
            place = PLACE.search(before) if language == "python" else None
            assert place or language != "python", f"no file is named before:\n{code}"
            path, at_the_end = (place[2], bool(place[1])) if place else ("", False)
            yield Block(language, code, path, at_the_end)

    def follow(self, project: Installed, folder: Path, variables: Mapping[str, str]) -> None:
        """Run the commands and write the code, in the project's mode.

        Commands that call the service are run while it is served.
        """
        for block in self.blocks():
            if block.language == "python":
                code = block.code
                if project.combination.concurrency == "sync":
                    code = HOOK.to_sync(code)
                append(project, Block(block.language, code, block.path, block.at_the_end))
            elif SERVED in block.code:
                with project.served() as url:
                    home = curl_home(folder, url)
                    project.shell(checked(block.code), **variables, CURL_HOME=home)
            else:
                project.shell(block.code, **variables)


def append(project: Installed, block: Block) -> None:
    """Write a block as `write` does; it may have no imports."""
    if re.match(r"(from|import) ", block.code):
        write(project, block)
        return
    path = project.path / block.path
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n\n{block.code}", encoding="utf-8")


def checked(script: str) -> str:
    """Return a script in which curl fails where the service answers with an error."""
    return f'curl() {{ command curl --silent --show-error --fail-with-body "$@"; }}\n{script}'
