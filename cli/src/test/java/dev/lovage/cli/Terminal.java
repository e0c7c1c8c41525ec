package dev.lovage.cli;

import dev.lovage.engine.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Runs commands in this JVM on one data folder, and keeps what they print.
record Terminal(Path data) {
    record Run(int code, String out, String err) {
        JsonNode json() {
            return Json.read(out.getBytes(StandardCharsets.UTF_8));
        }
    }

    Run run(String... words) {
        var args = new ArrayList<>(List.of(words));
        args.add("--data");
        args.add(data.toString());
        return bare(args.toArray(String[]::new));
    }

    static Run bare(String... words) {
        return bare(Map.of(), words);
    }

    static Run bare(Map<String, String> environment, String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.run(environment, new PrintWriter(out), new PrintWriter(err), words);
        return new Run(code, out.toString(), err.toString());
    }
}
