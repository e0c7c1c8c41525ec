package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Results in SQL: rows of ours, which Python reads by the lines of `docs/celery.md`, and no pickles.
@ParameterizedClass
@EnumSource(Kind.class)
class SqlResultsTest extends Lines {
    private static final Task<JsonNode, JsonNode> J_ECHO = Task.named("j.echo", JsonNode.class, JsonNode.class);
    private static final Task<String, String> J_FAIL = Task.named("j.fail", String.class, String.class);

    @TempDir
    Path folder;

    @Override
    String pythonTasks() {
        return "";
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_ECHO, value -> value);
        tasks.handle(J_FAIL, text -> {
            throw new IllegalStateException(text);
        });
    }

    @Test
    @Line(68)
    void python_reads_dicts_lists_and_exceptions_that_java_wrote() throws IOException {
        var file = folder.resolve("shop.db");
        var url = "sql+sqlite:///" + file;
        var lovage = fleet().another(Map.of(Setting.RESULT_BACKEND, url, Setting.STORE_URL, url));
        fleet().closing(fleet().builder(lovage).queues("java").name("sql@java").start());
        var value = Json.read("{\"a\": [1, null, \"\u00e9\"]}".getBytes(StandardCharsets.UTF_8));
        var echoed = lovage.send(J_ECHO.with(value)).id();
        var failed = lovage.send(J_FAIL.with("boom")).id();
        assertThat(fleet().python().run(documented() + """

                                import sys, time, sqlite3
                                for task_id in sys.argv[2:]:
                                    result = None
                                    while result is None or result['status'] not in ('SUCCESS', 'FAILURE'):
                                        time.sleep(0.05)
                                        result = lovage_result(sqlite3.connect(sys.argv[1]), task_id, '?')
                                    print(result['status'], result['result'])
                                """, file.toString(), echoed, failed))
                .satisfies(lines -> {
                    assertThat(lines.get(0)).isEqualTo("SUCCESS {'a': [1, None, '\u00e9']}");
                    assertThat(lines.get(1)).startsWith("FAILURE {").contains("IllegalStateException", "boom");
                });
    }

    private static String documented() throws IOException {
        var page = Files.readString(Path.of("..", "docs", "celery.md"));
        var block = Pattern.compile("```python\n(import datetime.*?)```", Pattern.DOTALL)
                .matcher(page);
        assertThat(block.find()).isTrue();
        return block.group(1);
    }
}
