"""Make the pictures of README and docs anew.

    python docs/pictures/make.py build/pictures     # runs on all pairs of mini, see `make pictures`

Needs the extra `browser`, a Chromium, matplotlib and Pillow. Pictures have few colours, so that
they are small enough to be kept in the repository.
"""

import functools
import shutil
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image
from playwright.sync_api import sync_playwright

import lcbrb
from leaderboards import Options

HERE = Path(__file__).parent
WIDTH, COLOURS = 1060, 48


def shot(page_file: Path, name: str, selector: str | None = None, height: int = 700) -> None:
    """A part of a page as a picture, or its top."""
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light")
        tab.goto(page_file.as_uri())
        tab.wait_for_timeout(1000)
        path = str(HERE / f"{name}.png")
        if selector:
            tab.locator(selector).first.screenshot(path=path)
        else:
            tab.screenshot(path=path)
        browser.close()
    smaller(HERE / f"{name}.png")


def smaller(path: Path) -> None:
    """With a palette of few colours."""
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def gate_intervals(compared: dict[str, tuple[Path, Path]]) -> None:
    """What a gate found of each candidate, beside what it tolerates."""
    plt.figure(figsize=(7, 0.9 + 0.4 * len(compared)))
    for place, (baseline, candidate) in enumerate(compared.values()):
        (check,) = lcbrb.gate(baseline, candidate).checks
        gain = check.difference
        plt.axvspan(-100 * check.tolerance, 0, color="#fd9", alpha=0.15)
        plt.plot([100 * gain.low, 100 * gain.high], [place, place], color="#456", linewidth=2)
        plt.plot(100 * gain.value, place, "o", color="#456")
        plt.text(100 * gain.value, place + 0.15, f" {check.verdict}", fontsize=8)
    plt.yticks(range(len(compared)), list(compared))
    plt.ylim(-0.5, len(compared) - 0.3)
    plt.axvline(0, color="black", linewidth=0.6)
    plt.xlabel("accuracy of the candidate minus the baseline's, points, 95%; shaded: tolerated")
    plt.savefig(HERE / "gate.png", bbox_inches="tight", dpi=110)
    smaller(HERE / "gate.png")


@functools.cache
def chosen_texts() -> frozenset[str]:
    """The superior reasonings of mini."""
    return frozenset(pair.chosen for pair in lcbrb.load_pairs("mini").pairs)


def oracle(prompt: str, response: str) -> float:
    """A reward model that is always right."""
    del prompt
    return float(response in chosen_texts())


def main(runs: str) -> None:
    """All pictures."""
    with tempfile.TemporaryDirectory() as folder:
        board = Path(folder) / "board.html"
        board.write_text(lcbrb.build_board(runs, Options(title="Reward models on mini")).html)
        shot(board, "board")
        audit = Path(folder) / "audit.html"
        audit.write_text(lcbrb.build_audit_page(lcbrb.audit_pairs("mini")))
        shot(audit, "audit", "#plots > :nth-child(1)")
        shot(audit, "length", "#plots > :nth-child(2)")
        length, always_right = Path(runs) / "length", Path(folder) / "oracle"
        lcbrb.evaluate(f"python:{__file__}:oracle", "mini", out=always_right)
        gate_intervals(
            {
                "oracle, then length": (always_right, length),
                "length, then random": (length, Path(runs) / "random"),
                "length, then length": (length, length),
            }
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
