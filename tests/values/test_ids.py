"""Identifiers: never the same twice, whatever happens to processes and clocks."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.values import ids
from perennial.values.ids import MACHINES, PROCESSES_PER_MACHINE, Generator, claim_node, parse, public

EPOCH_MS = 1_577_836_800_000
NOW_MS = 1_790_000_000_000
NODES = 1 << 10

TAKE = """
import sys
from pathlib import Path
from perennial.values.ids import claim_node
generator = claim_node(Path(sys.argv[1]))
for line in sys.stdin:
    print(*generator.take(int(line)), flush=True)
"""


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets: `clock.ms`."""
    clock = SimpleNamespace(ms=NOW_MS)
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: clock.ms * 1_000_000))
    return clock


class Worker:
    """A real process that claimed a node of its own and gives ids on demand."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def told(self):
        return [int(word) for word in self.process.stdout.readline().split()]

    def take(self, count):
        self.ask(count)
        return self.told()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def node_of(number):
    return number >> 12 & (NODES - 1)


def test_bits_stand_where_the_docs_say(clock):
    clock.ms = EPOCH_MS + 5
    assert Generator(3).take(2) == [5 << 22 | 3 << 12, 5 << 22 | 3 << 12 | 1]


def test_ids_rise_and_fit_into_a_signed_64_bit_column():
    generator = Generator(NODES - 1)
    numbers = [number for count in (1, 5000, 1, 0, 9000) for number in generator.take(count)]
    assert len(numbers) == 14_002
    assert numbers == sorted(set(numbers))
    assert 0 < numbers[0] < numbers[-1] < 1 << 63


def test_a_burst_borrows_from_the_time_to_come_and_time_catches_up(clock):
    generator = Generator(0)
    burst = generator.take(3 * 4096)
    assert burst[-1] >> 22 == clock.ms - EPOCH_MS + 2
    clock.ms += 1
    assert generator.one() > burst[-1]
    clock.ms += 1000
    assert generator.one() >> 22 == clock.ms - EPOCH_MS


def test_threads_share_one_generator():
    generator = Generator(1)
    barrier = threading.Barrier(8)

    def take(_):
        barrier.wait()
        return [generator.one() for _ in range(2000)]

    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(take, range(8)))
    assert len({number for numbers in lists for number in numbers}) == 16_000
    assert all(numbers == sorted(numbers) for numbers in lists)


def test_a_clock_set_back_repeats_nothing(clock):
    generator = Generator(0)
    before = generator.take(10)
    clock.ms -= 3_600_000
    after = generator.take(10)
    assert after == sorted(after)
    assert after[0] > before[-1]


def test_a_clock_set_back_between_two_processes_repeats_nothing(clock, tmp_path):
    first = claim_node(tmp_path)
    before = first.take(10)
    os.close(first._mark)
    clock.ms -= 86_400_000
    second = claim_node(tmp_path)
    after = second.take(10)
    assert node_of(after[0]) == node_of(before[0])
    assert after[0] > before[-1]


def test_the_mark_stands_before_the_burst_that_passes_it(clock, tmp_path, monkeypatch):
    """A process that dies right after a burst far ahead of the clock leaves no id to be repeated."""
    monkeypatch.setattr(ids, "_RESERVE_MS", 5)
    last = 0
    for burst in (1, 3 * 4096, 5 * 4096 - 1, 1, 40 * 4096, 1):
        generator = claim_node(tmp_path)
        numbers = generator.take(2) + generator.take(burst)
        os.close(generator._mark)
        assert numbers[0] > last
        last = numbers[-1]
    assert last >> 22 > clock.ms - EPOCH_MS + 48


def test_a_clock_before_our_epoch_gives_ids_above_zero(clock):
    clock.ms = 0
    numbers = Generator(0).take(5000)
    assert numbers == sorted(set(numbers))
    assert numbers[0] > 0


def test_a_clock_beyond_our_bits_is_refused(clock):
    clock.ms = EPOCH_MS + (1 << 41)
    with pytest.raises(RuntimeError, match="past the year 2089"):
        Generator(0).one()


def test_the_last_id_of_all_still_fits(clock):
    clock.ms = EPOCH_MS + (1 << 41) - 1
    assert Generator(NODES - 1).one() < 1 << 63


def test_one_cannot_take_less_than_nothing():
    with pytest.raises(ValueError, match="-1 ids"):
        Generator(0).take(-1)


@pytest.mark.parametrize("node", [-1, NODES])
def test_a_node_has_ten_bits(node):
    with pytest.raises(ValueError, match="between 0 and 1023"):
        Generator(node)


def test_a_mark_lost_in_a_power_cut_does_not_stop_the_next_start(clock, tmp_path):
    for left in (b"", b"\0" * 32):
        (tmp_path / "00-00").write_bytes(left)
        generator = claim_node(tmp_path)
        assert generator.one() >> 22 == clock.ms - EPOCH_MS
        os.close(generator._mark)


def test_processes_never_meet(tmp_path):
    workers = [Worker(tmp_path) for _ in range(3)]
    try:
        seen: list[int] = []
        for _ in range(20):
            for worker in workers:
                worker.ask(500)
            for worker in workers:
                numbers = worker.told()
                assert len(numbers) == 500
                seen += numbers
    finally:
        for worker in workers:
            worker.close()
    assert len(set(seen)) == len(seen) == 30_000
    assert len({node_of(number) for number in seen}) == 3


def test_a_killed_process_leaves_its_node_and_repeats_nothing(tmp_path):
    seen: list[int] = []
    for burst in (1, 5_000, 50_000, 1):
        worker = Worker(tmp_path)
        numbers = worker.take(burst)
        worker.kill()
        assert {node_of(number) for number in numbers} == {0}
        assert not seen or numbers[0] > seen[-1]
        seen += numbers
    assert len(set(seen)) == len(seen)


def test_a_second_claim_in_one_process_gets_another_node(tmp_path):
    assert node_of(claim_node(tmp_path).one()) != node_of(claim_node(tmp_path).one())


def test_machines_never_meet(tmp_path):
    nodes = {node_of(claim_node(tmp_path / str(machine), machine).one()) for machine in range(MACHINES)}
    assert nodes == {machine * PROCESSES_PER_MACHINE for machine in range(MACHINES)}


@pytest.mark.parametrize("machine", [-1, MACHINES])
def test_a_machine_has_four_bits(tmp_path, machine):
    with pytest.raises(ValueError, match="machine lies between 0 and 15"):
        claim_node(tmp_path, machine)


def test_says_what_to_do_when_all_nodes_are_taken(tmp_path):
    held = [claim_node(tmp_path) for _ in range(PROCESSES_PER_MACHINE)]
    assert len({generator._node for generator in held}) == PROCESSES_PER_MACHINE
    with pytest.raises(RuntimeError, match="PERENNIAL_MACHINE"):
        claim_node(tmp_path)
    os.close(held[7]._mark)
    assert node_of(claim_node(tmp_path).one()) == 7


def test_the_folder_is_for_us_alone(tmp_path):
    generator = claim_node(tmp_path)
    generator.one()
    assert (tmp_path / "00-00").stat().st_mode & 0o077 == 0


@given(st.integers(0, (1 << 63) - 1))
def test_the_public_form_reads_back(number):
    text = public("cus", number)
    assert parse("cus", text) == number
    assert parse("cus", f"  {text.upper()} ") == number
    assert len(text) == 17


@given(st.integers(0, (1 << 63) - 1), st.integers(0, (1 << 63) - 1))
def test_the_public_form_sorts_like_the_number(a, b):
    assert (public("cus", a) < public("cus", b)) is (a < b)


def test_the_public_form_never_changes():
    assert public("cus", 0) == "cus_0000000000000"
    assert public("ord", 1234567890123456789) == "ord_128ggyhyyk08n"
    assert public("cus", (1 << 63) - 1) == "cus_7zzzzzzzzzzzz"


def test_letters_that_look_like_digits_are_read_as_digits():
    assert parse("cus", "cus_OOOOOOOOOOO1l") == parse("cus", "cus_0000000000011")
    assert parse("gift_card", public("gift_card", 7)) == 7


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cus",
        "cus_",
        "0000000000000",
        "ord_0000000000000",
        "cus_000000000000",
        "cus_00000000000000",
        "cus_000000000000u",
        "cus_000000000000é",
        "cus_8000000000000",
        "cus_zzzzzzzzzzzzz",
        "cus__000000000000",
    ],
)
def test_says_that_it_is_no_public_id(text):
    with pytest.raises(ValueError, match="is no cus_ id"):
        parse("cus", text)


@pytest.mark.parametrize("number", [-1, 1 << 63])
def test_only_ids_have_a_public_form(number):
    with pytest.raises(ValueError, match="is no id"):
        public("cus", number)
