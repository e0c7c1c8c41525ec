package dev.lovage.server.page;

import dev.lovage.engine.json.Json;
import dev.lovage.records.intake.Intake;
import dev.lovage.records.intake.Item;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// One submission as its page shows it, explanations taken apart.
///
/// @param scoreParts what each rule of the policy added
/// @param scoreSums the score, and the limits that changed its level
/// @param routeFacts how the route came about
public record SubmissionPage(
        Item item,
        ZoneId zone,
        List<Event> timeline,
        List<Row> scoreParts,
        List<String> scoreSums,
        List<Row> routeFacts,
        List<Due> obligations) {
    /// @param detail the event's data, `key: value` each
    public record Event(Intake.Event event, String detail) {}

    public record Row(String name, String in, String value) {}

    public record Due(String kind, String start, String due, String state, List<String> explanation) {}

    public static SubmissionPage of(Item item, List<Intake.Event> timeline, ZoneId zone) {
        var score = tree(item.score());
        var route = tree(item.route());
        return new SubmissionPage(
                item,
                zone,
                timeline.stream()
                        .map(event -> new Event(event, detail(event.data())))
                        .toList(),
                score.path("parts")
                        .valueStream()
                        .map(part -> new Row(text(part, "rule"), text(part, "in"), text(part, "points")))
                        .toList(),
                sums(score),
                facts(route),
                tree(item.obligations())
                        .valueStream()
                        .map(one -> new Due(
                                text(one, "kind"),
                                text(one, "start"),
                                text(one, "current_due"),
                                text(one, "state"),
                                one.path("explanation")
                                        .valueStream()
                                        .map(JsonNode::asString)
                                        .toList()))
                        .toList());
    }

    private static List<String> sums(JsonNode score) {
        var sums = new ArrayList<String>();
        if (score.has("score")) {
            sums.add("Score " + text(score, "score") + ", which is level " + text(score, "raw_level"));
            for (var limit : List.of("floor", "ceiling")) {
                if (score.has(limit)) {
                    sums.add("The " + limit + " " + text(score.path(limit), "rule") + " makes it level "
                            + text(score.path(limit), "level"));
                }
            }
            sums.add("Level " + text(score, "level") + ", queue " + text(score, "queue"));
            sums.add("Policy " + text(score, "policy") + " version " + text(score, "version") + ", SHA-256 "
                    + text(score, "sha256"));
        }
        return sums;
    }

    private static List<Row> facts(JsonNode route) {
        var facts = new ArrayList<Row>();
        if (route.has("rule")) {
            facts.add(new Row("Rule", "", text(route, "rule")));
            facts.add(new Row("Tags found", "", joined(route.path("tags"))));
            facts.add(new Row("What followed", "", joined(route.path("steps"))));
            facts.add(new Row(
                    "Matrix",
                    "",
                    text(route, "matrix") + " version " + text(route, "version") + ", SHA-256 "
                            + text(route, "sha256")));
        }
        return facts;
    }

    private static String joined(JsonNode array) {
        var words = array.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
        return words.isEmpty() ? "none" : words;
    }

    private static String detail(JsonNode data) {
        return data.propertyStream()
                .filter(one -> !one.getKey().equals("requester_ref"))
                .map(one -> one.getKey().replace('_', ' ') + ": "
                        + (one.getValue().isValueNode() ? one.getValue().asString() : one.getValue()))
                .collect(Collectors.joining("; "));
    }

    private static String text(JsonNode node, String field) {
        var value = node.path(field);
        return value.isValueNode() ? value.asString("") : value.isMissingNode() ? "" : value.toString();
    }

    private static JsonNode tree(Optional<String> stored) {
        return stored.<JsonNode>map(text -> Json.read(text.getBytes(StandardCharsets.UTF_8)))
                .orElseGet(Json::object);
    }
}
