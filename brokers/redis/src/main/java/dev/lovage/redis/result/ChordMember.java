package dev.lovage.redis.result;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;

/// The end of one member of a chord as Celery counts it: the text `[1, "id", "SUCCESS", result]`. Celery
/// compares members as texts, so that one space more would count as one member more.
final class ChordMember {
    private static final int INDEX_UNKNOWN = Integer.MAX_VALUE;

    private ChordMember() {}

    static String text(Join.End end) {
        return Json.python(Json.array().add(1).add(end.taskId()).add(state(end)).add(end.result()));
    }

    /// How every member of this task begins.
    static String begin(Join.End end) {
        return "[1, " + Json.python(Json.tree(end.taskId())) + ", ";
    }

    static String score(Join.End end) {
        return end.index() < 0 || end.index() == INDEX_UNKNOWN ? "+inf" : String.valueOf(end.index());
    }

    /// @param score as Redis has it, or the place in a list
    static Optional<Join.End> read(String joinId, byte[] member, String score) {
        try {
            if (Json.read(member) instanceof ArrayNode parts && parts.size() == 4) {
                return Optional.of(new Join.End(
                        joinId,
                        score.contains("inf") ? INDEX_UNKNOWN : (int) Double.parseDouble(score),
                        parts.get(1).asString(""),
                        parts.get(2).asString("").equals("SUCCESS"),
                        parts.get(3),
                        ""));
            }
        } catch (JacksonException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private static String state(Join.End end) {
        if (end.succeeded()) {
            return "SUCCESS";
        }
        return end.result().path("exc_type").asString("").equals("TaskRevokedError") ? "REVOKED" : "FAILURE";
    }
}
