package dev.lovage.proof;

import dev.lovage.cli.Main;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Settings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The command line on one installation, in this JVM.
record Cli(Settings settings) {
    record Run(int code, String out, String err) {
        JsonNode json() {
            return Json.read(out.getBytes(StandardCharsets.UTF_8));
        }
    }

    Run run(String... words) {
        var args = new ArrayList<>(List.of(words));
        args.addAll(List.of("--data", settings.data().toString()));
        var out = new StringWriter();
        var err = new StringWriter();
        var code = Main.run(
                Map.of("LOVAGE_BROKER_URL", settings.brokerUrl()),
                new PrintWriter(out),
                new PrintWriter(err),
                args.toArray(String[]::new));
        return new Run(code, out.toString(), err.toString());
    }
}
