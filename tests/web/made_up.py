"""Run as a program: a small made-up store, recorded and worked through, in the home that the environment names."""

from __future__ import annotations

from datetime import UTC, datetime


def main() -> None:
    from perennial.database.start import start

    start()
    from perennial.demo import record_made_up
    from perennial.figures.actions.compute_answers import all_steps
    from perennial.work.loop import Loop

    store, _ = record_made_up(customers=600, seed=7)
    now = datetime.now(UTC)
    for ran in Loop(clock=lambda: now).once():
        assert ran.outcome != "failed", ran
    for _ in all_steps(brand_id=store.brand_id, now=now):
        pass


if __name__ == "__main__":
    main()
