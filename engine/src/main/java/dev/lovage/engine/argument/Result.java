package dev.lovage.engine.argument;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.NotJson;
import dev.lovage.engine.json.Shape;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The value that a task returned, on its way to the result backend.
public final class Result {
    private Result() {}

    /// Encodes `value`, and makes sure that it can be read again as `outType`.
    ///
    /// @param outType the task's second type; `Void` results are null
    /// @throws NotJson naming the place, if JSON can't carry `value` or a null is where `outType` has no
    ///     `Optional`
    public static JsonNode encode(@Nullable Object value, Type outType) {
        if (value == null || outType == Void.class || outType == void.class) {
            return JsonNodeFactory.instance.nullNode();
        }
        Shape shape = Shape.of(outType);
        JsonNode tree = Json.tree(value);
        shape.check(tree, "", (pointer, found, expected) -> {
            throw new NotJson(path(pointer), found, expected + " (or an Optional component)");
        });
        return tree;
    }

    /// `$.files[3].name` for `/files/3/name`.
    private static String path(String pointer) {
        return "$" + pointer.replaceAll("/(\\d+)(?=/|$)", "[$1]").replace('/', '.');
    }
}
