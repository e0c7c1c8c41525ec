package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Finds the joins that an entry may still end a member of: the one that it is a member of itself, and those
/// that its chain, its callbacks or the body of its own join lead to.
///
/// A join is live as long as any such entry waits or runs, or any join that leads to it is open. It may name a
/// join too many (a plain group's id), which is the safe side, and never one too few.
public final class JoinsAhead {
    private static final Pattern GROUP = Pattern.compile("\"group\"\\s*:\\s*\"");
    private static final Pattern CHORD = Pattern.compile("\"chord\"\\s*:\\s*\\{");

    private JoinsAhead() {}

    /// In order, the nearest first.
    public static Set<String> of(Message message) {
        var found = new LinkedHashSet<String>();
        var headers = message.headers();
        if (GROUP.matcher(headers).find()) {
            var group = read(headers).path("group");
            if (group.isString()) {
                found.add(group.stringValue());
            }
        }
        // Latin 1 keeps every byte, and the key that is looked for is ASCII.
        var bytes = message.expanded();
        if (CHORD.matcher(new String(bytes, StandardCharsets.ISO_8859_1)).find()) {
            collect(read(new String(bytes, StandardCharsets.UTF_8)).path(2), found);
        }
        return found;
    }

    public static Set<String> ofSignature(String signature) {
        var found = new LinkedHashSet<String>();
        if (CHORD.matcher(signature).find()) {
            collect(read(signature), found);
        }
        return found;
    }

    private static JsonNode read(String json) {
        try {
            return Json.read(json.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            return Json.nothing(); // it will be parked with its bytes
        }
    }

    private static void collect(JsonNode node, Set<String> found) {
        var options = node.path("options");
        if (options.path("group_id").isString() && options.path("chord").isObject()) {
            found.add(options.get("group_id").stringValue());
        }
        node.forEach(child -> collect(child, found));
    }
}
