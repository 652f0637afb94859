"""Builds the wheel, compares its content with the golden list, installs it clean and runs `vciso --help`.

`python scripts/wheel_check.py --write` accepts the present content as the new golden list.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "scripts" / "wheel_contents.txt"


def content(wheel: Path) -> list[str]:
    """The files of a wheel, sorted; its own metadata folder without the version."""
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(archive.namelist())
    return [name if ".dist-info/" not in name else f"DIST-INFO/{name.split('/', 1)[1]}" for name in names]


def main() -> int:
    """Ends with 0 when the wheel is as expected and works on its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (wheel,) = out.glob("*.whl")
        found = content(wheel)
        if "--write" in sys.argv:
            GOLDEN.write_text("\n".join(found) + "\n")
        expected = GOLDEN.read_text().split()
        if found != expected:
            for name in sorted(set(found) ^ set(expected)):
                print("+" if name in found else "-", name)
            print("The wheel's content changed. If that is meant: python scripts/wheel_check.py --write")
            return 1
        home = out / "clean"
        venv.create(home, with_pip=True)
        python = home / "bin" / "python" if (home / "bin").is_dir() else home / "Scripts" / "python.exe"
        pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--constraint",
            str(ROOT / "constraints.txt"),
            str(wheel),
        ]
        subprocess.run(pip, check=True, cwd=out)
        command = str(python.with_name("vciso"))
        for arguments in (["--help"], ["--version"], ["--home", str(out / "home"), "client", "list"]):
            subprocess.run([command, *arguments], check=True, cwd=out, stdout=subprocess.DEVNULL)
    print(f"wheel: {len(found)} files as listed; installs clean; vciso --help works")
    return 0


if __name__ == "__main__":
    sys.exit(main())
