package dev.lovage.engine.canvas;

import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.ResultMeta;
import java.util.ArrayList;
import java.util.List;

/// What has to be written to send a canvas, or to bring one further: all of it or nothing.
///
/// @param joins chords that begin; their members are rows before the first message is sent
/// @param ends members of chords that have ended badly without a message of their own
/// @param results states that are recorded without a run
public record Plan(List<Message> messages, List<Join> joins, List<Join.End> ends, List<ResultMeta> results) {
    public static final Plan NOTHING = new Plan(List.of(), List.of(), List.of(), List.of());

    public Plan {
        messages = List.copyOf(messages);
        joins = List.copyOf(joins);
        ends = List.copyOf(ends);
        results = List.copyOf(results);
    }

    public static Plan of(Message message) {
        return new Plan(List.of(message), List.of(), List.of(), List.of());
    }

    public Plan and(Plan other) {
        return new Plan(
                both(messages, other.messages),
                both(joins, other.joins),
                both(ends, other.ends),
                both(results, other.results));
    }

    public boolean isEmpty() {
        return messages.isEmpty() && joins.isEmpty() && ends.isEmpty() && results.isEmpty();
    }

    private static <T> List<T> both(List<T> a, List<T> b) {
        if (a.isEmpty()) {
            return b;
        }
        var all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }
}
