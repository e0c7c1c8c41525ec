package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.sample.SampleTasks;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.testkit.LocalPostgres;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.PythonCelery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Results in SQL, asked for by Python with the lines of `docs/celery.md`.
@Tag("services")
class SqlResultsTest {
    private static final String APP = """
            import os
            from celery import Celery
            app = Celery('app', broker=os.environ['BROKER_URL'])
            """;

    /// Its arguments are the database, and the mark of psycopg2 or sqlite3.
    private static final String ASK = """

            import sys, time
            from app import app
            if sys.argv[2] == '?':
                import sqlite3 as driver
            else:
                import psycopg2 as driver
            db = driver.connect(sys.argv[1])
            print(lovage_result(db, 'not-sent', sys.argv[2]))
            for task in ('sample.greet', 'sample.take_time'):
                sent = app.send_task(task, ['Ada'], queue='java')
                result = None
                while result is None or result['status'] not in ('SUCCESS', 'PARKED'):
                    time.sleep(0.05)
                    result = lovage_result(db, sent.id, sys.argv[2])
                assert result['task_id'] == sent.id, result
                if result['status'] == 'SUCCESS':
                    assert result['date_done'].tzinfo, result
                print(result['status'], result['result'] if result['status'] == 'SUCCESS' else result['date_done'])
            """;

    @TempDir
    Path folder;

    @Test
    void python_reads_results_from_sqlite_beside_redis() throws Exception {
        var file = folder.resolve("shop.db");
        try (var redis = LocalRedis.start()) {
            ask(redis.url(0), "sql+sqlite:///" + file, file.toString(), "?");
        }
    }

    @Test
    void python_reads_results_from_postgresql_beside_rabbitmq() throws Exception {
        var url = LocalPostgres.freshUrl();
        ask(LocalRabbit.freshUrl(), "sql+" + url, url, "%s");
    }

    @Test
    void sql_plus_names_the_broker_and_the_store_too_and_two_databases_are_refused() throws Exception {
        var data = new Terminal(folder.resolve("data"));
        var file = folder.resolve("shop.db");
        var url = "sql+sqlite:///" + file;
        var alone = Map.of("LOVAGE_BROKER_URL", url, "LOVAGE_RESULT_BACKEND", url, "LOVAGE_STORE_URL", url);
        var sent = Terminal.bare(
                alone, "call", "sample.greet", "--data", data.data().toString());
        assertThat(sent.code()).as(sent.err()).isZero();
        assertThat(file).exists();
        var apart = Terminal.bare(
                Map.of("LOVAGE_BROKER_URL", url, "LOVAGE_RESULT_BACKEND", "sql+postgresql://h/d"), "status");
        assertThat(apart.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(apart.err()).contains("results in SQL lie in the store, which is " + url);
        for (var variable : List.of("LOVAGE_BROKER_URL", "LOVAGE_RESULT_BACKEND", "LOVAGE_STORE_URL")) {
            var pickles = Terminal.bare(Map.of(variable, "db+postgresql://u:s3cret@h/d"), "status");
            assertThat(pickles.code()).as(variable).isEqualTo(ExitCode.USAGE.number());
            assertThat(pickles.err())
                    .as(variable)
                    .contains(
                            "variable " + variable,
                            "keeps pickles",
                            "sql+postgresql://u:**@h/d",
                            "Nothing was started.")
                    .doesNotContain("s3cret");
        }
    }

    private void ask(String broker, String results, String database, String mark) throws Exception {
        var environment = Map.of("LOVAGE_BROKER_URL", broker, "LOVAGE_RESULT_BACKEND", results);
        try (var python = PythonCelery.with(broker, "", APP);
                var worker = WorkerProcess.start(
                        folder.resolve("data"),
                        folder.resolve("worker.err"),
                        environment,
                        List.of(
                                "-A",
                                WorkerProcess.app(folder, List.of(SampleTasks.class)),
                                "-Q",
                                "java",
                                "-c",
                                "2"))) {
            assertThat(worker.banner())
                    .as(Files.readString(folder.resolve("worker.err")))
                    .contains("Ready.");
            assertThat(python.run(documented() + ASK, database, mark))
                    .containsExactly("None", "SUCCESS Hello, Ada", "PARKED None");
            worker.stop();
        }
    }

    private static String documented() throws Exception {
        var page = Files.readString(Path.of("..", "docs", "celery.md"));
        var block = Pattern.compile("```python\n(import datetime.*?)```", Pattern.DOTALL)
                .matcher(page);
        assertThat(block.find()).isTrue();
        return block.group(1);
    }
}
