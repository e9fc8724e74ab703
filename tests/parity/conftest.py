"""One Spark with two worker processes for the module: what an answer means must not depend on the engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest

from perennial.insight.tables import SCHEMA, Tables
from tests.insight.shop import Shop

# The shops are small and the queries many: nearly all of the time goes into compiling. Neither the order of
# compilation nor generated code changes what a query means, so both are kept as cheap as they can be.
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": _QUICK_START,
    "spark.executor.extraJavaOptions": _QUICK_START,
    "spark.log.level": "ERROR",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.session.timeZone": "Pacific/Auckland",  # no answer may depend on an engine's zone
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_TYPES = {"int64": "bigint", "string": "string", "boolean": "boolean"}


@pytest.fixture(scope="module")
def spark(java_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An Ibis connection to a master and two worker processes, each with one core."""
    import pyspark
    from pyspark.sql import SparkSession

    scratch = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(java_home))
        patch.setenv("SPARK_HOME", str(Path(pyspark.__file__).parent))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_LOCAL_DIRS", str(scratch / "local"))
        patch.setenv("SPARK_WORKER_DIR", str(scratch / "work"))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        for name in ("SPARK_MASTER", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS"):
            patch.delenv(name, raising=False)
        builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("parity")
        builder = builder.config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        for name, value in _SETTINGS.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            yield ibis.pyspark.connect(session)
        finally:
            _end(session)


def _end(session: Any) -> None:
    """Stop the cluster and the Java process that drives it; else it lives as long as the test run."""
    context = type(session.sparkContext)
    gateway = context._gateway
    session.stop()
    gateway.shutdown()
    if process := getattr(gateway, "proc", None):
        process.stdin.close()
        process.wait(timeout=60)
    context._gateway = context._jvm = None
    os.environ.pop("PYSPARK_GATEWAY_PORT", None)


@pytest.fixture(scope="module")
def on_spark(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Shop], Tables]:
    """Put a shop's tables before Spark, as Parquet in two files each: both workers get some."""

    def put(name: str, shop: Shop) -> Tables:
        folder = tmp_path_factory.mktemp(name)
        tables = {}
        for table, arrow in shop.arrow().items():
            if arrow.num_rows:
                (folder / table).mkdir()
                half = arrow.num_rows // 2
                pq.write_table(arrow.slice(0, half), folder / table / "1.parquet")
                pq.write_table(arrow.slice(half), folder / table / "2.parquet")
                schema = ", ".join(f"`{column}` {_TYPES[kind]}" for column, kind in SCHEMA[table].items())
                frame = spark._session.read.schema(schema).parquet(str(folder / table))
            else:  # no file to read: Spark then plans away what only moves nothing about
                columns = [f"cast(null as {_TYPES[kind]}) as `{name}`" for name, kind in SCHEMA[table].items()]
                frame = spark._session.sql(f"select {', '.join(columns)} where false")
            frame.createOrReplaceTempView(f"{name}_{table}")
            tables[table] = spark.table(f"{name}_{table}")
        return Tables(**tables)

    return put
