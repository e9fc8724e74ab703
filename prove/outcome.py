"""What a proof found, shown on the terminal and kept in docs/figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "figures"


class Broken(AssertionError):
    """A promise was not kept; says where, and the seed that shows it again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a promise, and what was found."""

    text: str
    found: str
    kept: bool


@dataclass(slots=True)
class Outcome:
    """``name``: of the promise; ``arguments``: what a replay needs."""

    name: str
    title: str
    arguments: str
    claims: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def claim(self, text: str, found: object, *, kept: bool) -> None:
        """Note a sentence of the promise and whether it held."""
        self.claims.append(Claim(text, str(found), kept))

    @property
    def kept(self) -> bool:
        """Whether all of it held."""
        return all(claim.kept for claim in self.claims)

    def hold(self) -> None:
        """Raise `Broken` with everything that did not hold."""
        broken = [f"{claim.text}: {claim.found}" for claim in self.claims if not claim.kept]
        if broken:
            raise Broken(f"{self.name} ({self.arguments}): " + "; ".join(broken))

    def text(self, machine: str) -> str:
        """The page of the promise."""
        rows = [f"{c.text} | {c.found} | {'yes' if c.kept else '**no**'}" for c in self.claims]
        parts = [f"# {self.title}", f"`python -m prove {self.name} {self.arguments}` on {machine}"]
        parts.append("\n".join(["promise | found | kept", "---|---|---", *rows]))
        if self.notes:
            parts.append("\n".join(f"- {note}" for note in self.notes))
        return "\n\n".join(parts) + "\n"

    def keep(self, machine: str, folder: Path = FOLDER) -> Path:
        """Write the page into docs/figures."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.md"
        path.write_text(self.text(machine))
        return path
