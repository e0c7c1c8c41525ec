package dev.lovage.engine.settings;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// In which lines of a YAML file its names stand.
final class YamlLines {
    private YamlLines() {}

    /// Names of the file's map, and of maps in it with their name and a dot before theirs. What comes after a
    /// mistake in the file is left out.
    static Map<String, Origin> of(Path file) {
        Map<String, Origin> lines = new HashMap<>();
        try (var parser = new YAMLMapper().createParser(file)) {
            var depth = 0;
            var outer = "";
            for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                } else if (token == JsonToken.PROPERTY_NAME && depth <= 2) {
                    var name = depth == 1 ? parser.currentName() : outer + "." + parser.currentName();
                    outer = depth == 1 ? name : outer;
                    lines.put(
                            name,
                            Origin.line(
                                    file.toString(),
                                    parser.currentTokenLocation().getLineNr()));
                }
            }
        } catch (JacksonException e) {
            // Whoever reads the file says what is wrong with it.
        }
        return lines;
    }
}
