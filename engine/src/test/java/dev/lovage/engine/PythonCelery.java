package dev.lovage.engine;

import dev.lovage.engine.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// Asks the real Celery, of Debian's package python3-celery, what it makes of something.
public final class PythonCelery {
    private static final Path PYTHON = Path.of("/usr/bin/python3");

    private PythonCelery() {}

    /// @param script reads JSON from `data`, and leaves JSON in `answer`; `app` is a Celery app without a
    ///     broker
    public static JsonNode ask(String script, JsonNode data) throws IOException, InterruptedException {
        var whole = """
                import json, sys
                from celery import Celery, chain, chord, group, signature
                app = Celery('p', broker='memory://', backend='cache+memory://', set_as_current=True)
                data = json.load(sys.stdin)
                """ + script + "\njson.dump(answer, sys.stdout)\n";
        var out = Files.createTempFile("celery", ".json");
        var in = Files.createTempFile("celery", ".in");
        var errors = Files.createTempFile("celery", ".err");
        try {
            Files.write(in, Json.ascii(data));
            var process = new ProcessBuilder(PYTHON.toString(), "-c", whole)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(errors.toFile())
                    .start();
            if (!process.waitFor(50, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("Python has not answered within 50 s.");
            }
            if (process.exitValue() != 0) {
                throw new AssertionError(
                        "Python failed. Debian's package python3-celery is needed: apt-get install python3-celery\n"
                                + Files.readString(errors, StandardCharsets.UTF_8));
            }
            return Json.read(Files.readAllBytes(out));
        } finally {
            Files.delete(out);
            Files.delete(in);
            Files.delete(errors);
        }
    }
}
