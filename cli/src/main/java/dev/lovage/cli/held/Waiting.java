package dev.lovage.cli.held;

import dev.lovage.cli.look.View;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.direct.Direct;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Entries that wait for a person: how they are named, listed and shown.
final class Waiting {
    private Waiting() {}

    private record Line(
            long tag,
            String taskId,
            String task,
            String queue,
            Custody custody,
            Optional<String> reason,
            int crashes,
            Optional<String> subject,
            Instant sent,
            Instant since) {}

    /// @param body as text, if it is UTF-8
    /// @param bodyBase64 its bytes, if it is not
    private record Whole(
            Line entry,
            String headers,
            String properties,
            Optional<String> body,
            Optional<String> bodyBase64,
            List<Happening> history) {}

    /// Opens the installation to look at what waits. Where no store knows of it, it lies beside the queues that a
    /// setting names or a live worker receives from.
    static Lovage open(Setup setup) {
        var lovage = setup.existing();
        try {
            if (lovage.backbone() instanceof Direct direct) {
                View.answered(lovage).ifPresent(queues -> direct.lookBeside(queues.keySet()));
            }
            return lovage;
        } catch (RuntimeException e) {
            lovage.close();
            throw e;
        }
    }

    /// The entries that a person named, each by the number that `list` shows, or by the id of its task.
    ///
    /// @throws CommandFailed if one is not there, or is not in one of these custodies; nothing was changed
    static List<Held> named(Store store, List<String> names, Set<Custody> custodies) {
        return names.stream()
                .flatMap(name -> {
                    var found = (name.matches("[0-9]{1,18}")
                                    ? store.find(Long.parseLong(name)).stream()
                                    : store.findTask(name).stream())
                            .filter(one -> custodies.contains(one.custody()))
                            .toList();
                    if (found.isEmpty()) {
                        throw CommandFailed.notFound("There is no entry " + name + " among the " + words(custodies)
                                + ". Nothing was changed. `list` shows what there is.");
                    }
                    return found.stream();
                })
                .distinct()
                .toList();
    }

    static String words(Set<Custody> custodies) {
        return String.join(
                " and ",
                custodies.stream()
                        .sorted()
                        .map(one -> one.name().toLowerCase(Locale.ROOT))
                        .toList());
    }

    static void list(Setup setup, List<Held> entries, String nothing) {
        if (setup.json()) {
            setup.printJson(entries.stream().map(Waiting::line).toList());
        } else if (entries.isEmpty()) {
            setup.print(nothing);
        } else {
            var table = new Table("ENTRY", "TASK ID", "TASK", "QUEUE", "CUSTODY", "SINCE", "REASON");
            entries.forEach(one -> table.row(
                    one.tag(),
                    one.message().execution().taskId(),
                    one.message().task(),
                    one.message().queue(),
                    one.custody().name().toLowerCase(Locale.ROOT),
                    Words.at(one.since()),
                    Words.brief(one.reason().orElse(""), 100)));
            table.print(setup.out());
        }
    }

    static void show(Setup setup, Held held) {
        var message = held.message();
        var text = utf8(message.body());
        if (setup.json()) {
            setup.printJson(new Whole(
                    line(held),
                    message.headers(),
                    message.properties(),
                    text,
                    text.isPresent()
                            ? Optional.empty()
                            : Optional.of(Base64.getEncoder().encodeToString(message.body())),
                    held.history()));
            return;
        }
        setup.print("entry       " + held.tag());
        setup.print("task        " + message.task() + "[" + message.execution().taskId() + "]");
        message.subject().ifPresent(subject -> setup.print("subject     " + subject));
        setup.print("queue       " + message.queue() + ", priority " + message.priority());
        setup.print("custody     " + held.custody().name().toLowerCase(Locale.ROOT) + " since " + Words.at(held.since())
                + ", sent " + Words.at(held.sent()));
        setup.print("reason      " + held.reason().orElse("-"));
        setup.print(
                "deliveries  " + (held.redelivered() + 1) + ", of which ended with their worker: " + held.crashes());
        setup.print("headers     " + message.headers());
        setup.print("properties  " + message.properties());
        setup.print("body        "
                + text.orElseGet(() -> message.body().length + " bytes that are not UTF-8; --json has them"));
        if (!held.history().isEmpty()) {
            setup.print("");
            var table = new Table("AT", "RETRIES", "WHAT", "BY", "DETAIL");
            held.history()
                    .forEach(one -> table.row(Words.at(one.at()), one.retries(), one.what(), one.by(), one.detail()));
            table.print(setup.out());
            if (setup.verbose()) {
                held.history().getLast().trace().lines().forEach(setup::print);
            }
        }
    }

    /// One entry as a line of an export, with all its bytes.
    static String export(Held held) {
        var message = held.message();
        return Json.text(Json.tree(new Whole(
                line(held),
                message.headers(),
                message.properties(),
                Optional.empty(),
                Optional.of(Base64.getEncoder().encodeToString(message.body())),
                held.history())));
    }

    private static Line line(Held held) {
        var message = held.message();
        return new Line(
                held.tag(),
                message.execution().taskId(),
                message.task(),
                message.queue(),
                held.custody(),
                held.reason(),
                held.crashes(),
                message.subject(),
                held.sent(),
                held.since());
    }

    private static Optional<String> utf8(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
