"""Set-up, called by make: `python3 tools/setup.py run` for the demo, `dev` for tests, checks and figures."""

# Old interpreters must get as far as the message below: nothing newer than Python 3.6 in this file.
import fcntl
import os
import sys


def main():  # noqa: ANN201 - see above
    if sys.version_info < (3, 11):  # noqa: UP036
        found = "{}.{} ({})".format(sys.version_info[0], sys.version_info[1], sys.executable)  # noqa: UP032
        print(
            "set-up: Python 3.11 or newer is needed, this is " + found + ".\n"
            "Install python3.11 or newer, or name one: make PYTHON=/path/to/python3.11 ...",
            file=sys.stderr,
        )
        return 1
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    sys.path[0] = root
    from tools import environment, parts, running

    level = sys.argv[1]
    running.PARTS.mkdir(exist_ok=True)
    with open(str(running.PARTS / "lock"), "w") as lock:  # noqa: PTH123
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits, then finds all done
        try:
            environment.bring(level)
            if level == "dev":
                parts.bring()
        except running.SetupError as error:
            print("set-up: " + str(error), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
