"""`lab.open`: what it opens, and what it says of what it cannot open."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial import lab
from perennial.insight.tables import AsOf, Treatment
from perennial.lab.faults import Unopened
from perennial.values.time import LocalDay
from tests.insight.shop import START, rows_of
from tests.lab.files import made_shop, plain_rows, plain_table, write_csv, write_folder, write_months


def summary(shop: lab.Shop) -> dict[str, Any]:
    (row,) = rows_of(lab.summary(shop))
    return row


@pytest.fixture(scope="module")
def made():
    return made_shop(60)


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(made, tmp_path_factory.mktemp("shop"))


def test_a_folder_of_parquet_tables(folder: Path, made):
    shop = lab.open(folder, currency="EUR", zone="Europe/Madrid")
    orders = made.rows["orders"]
    assert (shop.currency, shop.zone, shop.problems, shop.keys) == ("EUR", "Europe/Madrid", (), None)
    assert shop.first_day == min(o["ordered_day"] for o in orders)
    assert shop.last_day == max(o["ordered_day"] for o in orders)
    assert summary(shop)["anonymous_orders"] == 40


def test_months_in_files_are_the_same_shop(folder: Path, made, tmp_path: Path):
    assert summary(lab.open(write_months(made, tmp_path))) == summary(lab.open(folder))


def test_a_mirror_is_what_its_list_says(made, tmp_path: Path):
    write_folder(made, tmp_path)
    old = made.arrow()["orders"].slice(0, 5)
    pq.write_table(old, tmp_path / "retired.parquet")
    parts = {"orders": {"0": "orders.parquet"}, "customers": {"0": "customers.parquet"}}
    body = {"shape": "x", "number": 1, "parts": parts, "retired": {"retired.parquet": 0}}
    (tmp_path / "manifest.json").write_text(json.dumps(body))
    shop = lab.open(tmp_path)
    assert summary(shop)["orders"] > 5
    assert rows_of(shop.tables.lines) == []
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(Unopened, match=r"manifest.json: this list .* cannot be read"):
        lab.open(tmp_path)


def test_a_table_that_lacks_columns(folder: Path, made, tmp_path: Path):
    write_folder(made, tmp_path)
    few = made.arrow()["orders"].drop_columns(["channel", "promised_day"])
    pq.write_table(few, tmp_path / "orders.parquet")
    assert summary(lab.open(tmp_path))["orders"] == summary(lab.open(folder))["orders"]
    pq.write_table(few.drop_columns(["net"]), tmp_path / "orders.parquet")
    with pytest.raises(Unopened, match=r"orders.parquet: table orders lacks net. To mend it: columns of orders:"):
        lab.open(tmp_path)


def test_small_numbers_are_read_as_the_schema_has_them(made, tmp_path: Path):
    write_folder(made, tmp_path)
    orders = made.arrow()["orders"]
    place = orders.schema.get_field_index("net")
    pq.write_table(orders.set_column(place, "net", orders["net"].cast(pa.int32())), tmp_path / "orders.parquet")
    assert dict(lab.open(tmp_path).tables.orders.schema())["net"] == ibis.dtype("int64")


def test_another_engine(folder: Path):
    backend = ibis.duckdb.connect()
    first, second = lab.open(folder, engine=backend), lab.open(folder, engine=backend)
    assert summary(first) == summary(second) == summary(lab.open(folder))
    with pytest.raises(TypeError, match="no engine"):
        lab.open(folder, engine="spark")


def test_an_engine_for_csv_is_refused(tmp_path: Path):
    path = write_csv(tmp_path / "orders.csv", plain_rows(5))
    with pytest.raises(Unopened, match="leave engine out"):
        lab.open(path, engine=ibis.duckdb.connect())


ON_SPARK = """
import sys
from pyspark.sql import SparkSession
from perennial import lab
made = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
session = made.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
session.sparkContext.setLogLevel("ERROR")
shop = lab.open(sys.argv[1], engine=session)
print("ANSWER", lab.summary(shop).to_pyarrow().to_pylist())
session.stop()
"""


@pytest.mark.slow
def test_a_spark_session(folder: Path, java_home: Path):
    import os

    asked = subprocess.run(
        [sys.executable, "-c", ON_SPARK, str(folder)],
        env={**os.environ, "JAVA_HOME": str(java_home), "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = next(line for line in asked.stdout.splitlines() if line.startswith("ANSWER "))
    assert told == f"ANSWER {rows_of(lab.summary(lab.open(folder)))}"


def test_csv_in_its_wrappings_and_parquet_hold_the_same_orders(tmp_path: Path):
    rows = plain_rows()
    path = write_csv(tmp_path / "orders.csv", rows)
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    with zipfile.ZipFile(tmp_path / "orders.zip", "w") as archive:
        archive.write(path, "orders.csv")
    pq.write_table(plain_table(rows), tmp_path / "orders.parquet")
    half = len(rows) // 2
    for number, part in enumerate((rows[:half], rows[half:])):
        (tmp_path / "parts").mkdir(exist_ok=True)
        write_csv(tmp_path / "parts" / f"{number}.csv", part)
    found = [
        summary(lab.open(tmp_path / name))
        for name in ("orders.csv", "orders.csv.gz", "orders.zip", "orders.parquet", "parts")
    ]
    assert found[0]["orders"] == len(rows)
    assert found[0]["customers"] == len({row[1] for row in rows})
    assert all(one == found[0] for one in found)


def test_columns_of_another_name_need_a_mapping(tmp_path: Path):
    header = ("belegnr", "wer", "wann", "wieviel")
    path = write_csv(tmp_path / "x.csv", plain_rows(40), header)
    with pytest.raises(Unopened, match=r"x\.csv"):
        lab.open(path)
    columns = {"order": "belegnr", "account": "wer", "ordered_at": "wann", "total": "wieviel"}
    assert summary(lab.open(path, mapping=columns))["customers"] == 40
    file = tmp_path / "mapping.yaml"
    file.write_text("columns:\n" + "".join(f"  {field}: {name}\n" for field, name in columns.items()))
    assert summary(lab.open(path, mapping=file))["customers"] == 40


def test_rows_that_cannot_be_read_are_told(tmp_path: Path):
    rows = [*plain_rows(40), ("x1", "c1", "2024-13-45", "10.00"), ("x2", "c1", "2024-05-01", "ten")]
    shop = lab.open(write_csv(tmp_path / "orders.csv", rows))
    told = {problem.reason.code: problem for problem in shop.problems}
    assert {"cell.date", "cell.amount"} <= told.keys()
    assert told["cell.amount"].column == "amount"
    assert told["cell.amount"].line == len(rows) + 1
    assert "orders.csv, line" in told["cell.amount"].example


@pytest.mark.parametrize(("name", "shown"), [
    ("anna.rossi@example.com", "an…@e….com"), ("a@b.it", "a…@b….it"), ("12345", "12345"), ("12345.0", "12345"),
])  # fmt: skip
def test_addresses_of_customers_are_masked(tmp_path: Path, name: str, shown: str):
    rows = [(n, name, f"2024-0{1 + n}-03", "10.00") for n in range(4)]
    path = write_csv(tmp_path / "orders.csv", rows)
    masked, whole = lab.open(path), lab.open(path, unmasked=True)
    assert masked.keys is not None
    assert whole.keys is not None
    assert [row["key"] for row in rows_of(masked.keys)] == [shown]
    assert [row["key"] for row in rows_of(whole.keys)] == [name.removesuffix(".0")]


def test_what_cannot_be_opened_is_named_with_its_remedy(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.csv").touch()
    (tmp_path / "head.csv").write_text("order,customer,date,amount\n")
    (tmp_path / "bad.csv").write_text("order,customer,date,amount\n1,a,yesterday,2\n")
    (tmp_path / "no.parquet").write_bytes(b"PAR1 and nothing else")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4 xxxxxxxxxxxxxxxxxxxx")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    write_csv(mixed / "a.csv", plain_rows(3))
    pq.write_table(plain_table(plain_rows(3)), mixed / "b.parquet")
    cases = {
        "absent.csv": "no such file or folder",
        "empty": "it is empty",
        "nothing.csv": "the file is empty",
        "head.csv": "holds no orders",
        "bad.csv": "no order in it could be read",
        "no.parquet": "no readable Parquet",
        "x.pdf": "this is a PDF",
        "mixed": "both CSV and Parquet",
    }
    for name, problem in cases.items():
        with pytest.raises(Unopened) as caught:
            lab.open(tmp_path / name)
        assert name in str(caught.value)
        assert problem in str(caught.value)
        assert "To mend it: " in str(caught.value)
    with pytest.raises(Unopened, match="of no known kind"):
        lab.open("mysql://here/shop")
    with pytest.raises(Unopened, match="list is empty"):
        lab.open([])


def test_settings_that_are_wrong_are_refused_before_anything_is_read(tmp_path: Path):
    with pytest.raises(ValueError, match="no time zone"):
        lab.open(tmp_path, zone="Madrid")
    with pytest.raises(ValueError, match="no currency code"):
        lab.open(tmp_path, currency="euro")


def test_moments(folder: Path):
    shop = lab.open(folder, zone="Europe/Madrid")
    day = LocalDay(START + 400)
    end = AsOf.moment(day, "Europe/Madrid")
    assert shop.as_of(day) == shop.as_of(day.date) == shop.as_of(str(day.date)) == shop.as_of(end) == end
    assert shop.as_of() == AsOf.moment(LocalDay(shop.last_day), "Europe/Madrid")
    assert shop.as_of(datetime(2024, 1, 1, 12, tzinfo=UTC)).day == int(LocalDay.on(date(2024, 1, 1)))
    with pytest.raises(ValueError, match="2024-01-31"):
        shop.as_of("yesterday")


def test_treatment_is_the_shops_unless_another_is_given(made, tmp_path: Path):
    taxed = pa.array([100] * len(made.rows["orders"]), pa.int64())
    write_folder(made, tmp_path)
    orders = made.arrow()["orders"]
    place = orders.schema.get_field_index("tax")
    pq.write_table(orders.set_column(place, "tax", taxed), tmp_path / "orders.parquet")
    shop = lab.open(tmp_path)
    bare, whole = summary(shop)["gross"], summary(shop.counting(tax=True))["gross"]
    assert whole - bare == 100 * rows_of(lab.summary(shop))[0]["orders"] + 100 * _fully_refunded(shop)
    (other,) = rows_of(lab.summary(shop, treatment=Treatment(tax=True)))
    assert other["gross"] == whole


def _fully_refunded(shop: lab.Shop) -> int:
    orders = shop.tables.orders.count().to_pyarrow().as_py()
    return int(orders) - int(summary(shop)["orders"])


NO_DJANGO = """
import sys
from perennial import lab
from perennial.lab.report.build import build
shop = lab.open(sys.argv[1])
lab.rfm(shop).to_pyarrow()
assert build(shop)
print([name for name in sys.modules if name.split(".")[0] in ("django", "requests", "httpx")])
"""


def test_no_django_is_loaded(folder: Path):
    asked = subprocess.run([sys.executable, "-c", NO_DJANGO, str(folder)], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "[]"
