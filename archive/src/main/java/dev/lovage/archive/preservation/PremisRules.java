package dev.lovage.archive.preservation;

import dev.lovage.archive.preservation.PremisDocument.Event;
import dev.lovage.archive.preservation.PremisDocument.Id;
import dev.lovage.archive.preservation.PremisDocument.Link;
import dev.lovage.archive.preservation.PremisDocument.Subject;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What a PREMIS document must say beyond its schema. It is read afresh from its XML, so that this judges
/// what was written and not what was meant. The document is expected to be valid by the schema.
///
/// 1. Every file has exactly one SHA-256 and a size.
/// 2. Every event has an identifier, and no other event of the document has it.
/// 3. Every event has an outcome, an agent with a role, and an object with a role.
/// 4. Every link leads to something in the document, and every file that was not deleted lies in the package.
/// 5. Every event type is one of the vocabulary, by its address, and its label is the one that belongs to it.
/// 6. Every event has a date and time with an offset, not before the batch and not in the future.
/// 7. A creation, migration or normalization has one source, and unless it failed one outcome, derived from it.
/// 8. Nothing happens to an object after it was deleted.
/// 9. Every file went through the checks (below), or the reason why not is on record.
/// 10. There is one successful information package creation per version of the package.
///
/// The checks of rule 9 are an ingestion or a capture, a message digest calculation, a format identification,
/// a validation and a virus check. Each succeeded, or ended with a warning whose note gives the reason: why
/// it was not done, or who accepted what it found. A file that the archive made itself (rule 7) needs a
/// message digest calculation only, and a deleted file nothing. What is made of many pages has their
/// representation as its one source.
///
/// That an event identifier is unique in the whole archive is for its database to see to.
public final class PremisRules {
    private static final int VIOLATIONS_MAX = 1000;
    private static final Set<EventType> MAKING =
            EnumSet.of(EventType.CREATION, EventType.MIGRATION, EventType.NORMALIZATION);
    private static final Map<String, EventType> BY_URI =
            Arrays.stream(EventType.values()).collect(Collectors.toMap(EventType::valueUri, Function.identity()));
    private static final Map<String, EventType> BY_LABEL =
            Arrays.stream(EventType.values()).collect(Collectors.toMap(EventType::label, Function.identity()));

    private final PremisDocument document;
    private final PremisContext context;
    private final List<RuleViolation> violations = new ArrayList<>();

    private final Set<Id> agentIds;
    private final Set<Id> eventIds = new HashSet<>();
    private final Map<Id, Subject> subjects = new HashMap<>();
    private final Map<Id, Instant> deletions = new HashMap<>();
    private final Map<Id, Set<EventType>> recorded = new HashMap<>();
    private final Set<Id> made = new HashSet<>();

    private PremisRules(PremisDocument document, PremisContext context) {
        this.document = document;
        this.context = context;
        this.agentIds = new HashSet<>(document.agents());
        for (var subject : document.subjects()) {
            subject.ids().forEach(id -> subjects.put(id, subject));
        }
        document.events().forEach(this::index);
    }

    /// @return what is wrong, in the order of the rules, at most 1000; empty when nothing is
    /// @throws MetadataRefused if this is no PREMIS 3 document, or too large
    public static List<RuleViolation> check(InputStream document, PremisContext context) throws IOException {
        return check(PremisDocument.read(document, PremisDocument.Limits.DEFAULT), context);
    }

    static List<RuleViolation> check(PremisDocument document, PremisContext context) {
        var rules = new PremisRules(document, context);
        rules.everyFileHasOneDigestAndASize();
        rules.everyEventHasAnIdentifierOfItsOwn();
        rules.everyEventSaysHowItEndedWhoActedAndOnWhat();
        rules.everyLinkResolves();
        rules.everyEventTypeIsOfTheVocabulary();
        rules.everyEventHasATimeThatCanBe();
        rules.whatIsMadeIsDerivedFromItsSource();
        rules.nothingHappensAfterDeletion();
        rules.everyFileWentThroughTheChecks();
        rules.everyVersionWasPackagedOnce();
        return List.copyOf(rules.violations);
    }

    private void index(Event event) {
        eventIds.add(event.id());
        var type = type(event);
        if (type.isEmpty()) {
            return;
        }
        for (var link : event.objects()) {
            if (succeeded(event) || hasReason(event)) {
                recorded.computeIfAbsent(link.id(), id -> EnumSet.noneOf(EventType.class))
                        .add(type.get());
            }
            if (type.get() == EventType.DELETION && succeeded(event)) {
                time(event)
                        .ifPresent(at -> deletions.merge(
                                link.id(), at, (first, second) -> first.isBefore(second) ? first : second));
            }
            if (MAKING.contains(type.get()) && !failed(event) && isOutcome(link)) {
                made.add(link.id());
            }
        }
    }

    private void everyFileHasOneDigestAndASize() {
        for (var file : files()) {
            var digests = sha256s(file);
            if (digests.size() != 1) {
                found(1, file.name(), "The file has " + digests.size() + " SHA-256 digests; it must have one.");
            } else if (!digests.getFirst().matches("[0-9a-f]{64}")) {
                found(
                        1,
                        file.name(),
                        "The SHA-256 of the file is '" + digests.getFirst()
                                + "'; it must be 64 hexadecimal digits in lower case.");
            }
            if (file.sizes().size() != 1 || !file.sizes().getFirst().matches("\\d{1,18}")) {
                found(1, file.name(), "The size of the file is " + file.sizes() + "; it must be one number of bytes.");
            }
        }
    }

    private void everyEventHasAnIdentifierOfItsOwn() {
        var seen = new HashSet<Id>();
        for (var event : document.events()) {
            if (event.id().value().isBlank()) {
                found(2, "", "A " + event.type().label() + " of " + event.at() + " has no identifier.");
            } else if (!seen.add(event.id())) {
                found(2, event.id().value(), "Two events have this identifier.");
            }
        }
    }

    private void everyEventSaysHowItEndedWhoActedAndOnWhat() {
        for (var event : document.events()) {
            if (event.outcomes().stream()
                    .allMatch(outcome -> outcome.word().label().isBlank())) {
                found(3, event.id().value(), "The event does not say how it ended.");
            }
            if (event.agents().stream().noneMatch(link -> link.role().isPresent())) {
                found(3, event.id().value(), "The event names no agent with a role.");
            }
            if (event.objects().stream().noneMatch(link -> link.role().isPresent())) {
                found(3, event.id().value(), "The event names no object with a role.");
            }
        }
    }

    private void everyLinkResolves() {
        for (var event : document.events()) {
            for (var link : event.agents()) {
                resolve(event.id().value(), "agent", link.id(), agentIds.contains(link.id()));
            }
            for (var link : event.objects()) {
                resolve(event.id().value(), "object", link.id(), subjects.containsKey(link.id()));
            }
        }
        for (var subject : document.subjects()) {
            for (var relationship : subject.relationships()) {
                for (var id : relationship.objects()) {
                    resolve(subject.name(), "object", id, subjects.containsKey(id));
                }
                for (var id : relationship.events()) {
                    resolve(subject.name(), "event", id, eventIds.contains(id));
                }
            }
            for (var id : subject.events()) {
                resolve(subject.name(), "event", id, eventIds.contains(id));
            }
        }
        for (var file : files()) {
            if (!deleted(file) && sha256s(file).stream().noneMatch(context.sha256s()::contains)) {
                found(4, file.name(), "No file of the package has the SHA-256 " + sha256s(file) + " of this object.");
            }
        }
    }

    private void resolve(String from, String what, Id to, boolean known) {
        if (!known) {
            found(4, from, "This links to the " + what + " '" + to + "', which is not in the document.");
        }
    }

    private void everyEventTypeIsOfTheVocabulary() {
        for (var event : document.events()) {
            var word = event.type();
            var known = byUri(word.uri());
            if (known.isEmpty()) {
                found(
                        5,
                        event.id().value(),
                        "The event type '" + word.label() + "' has the address '" + word.uri()
                                + "', which is none of the vocabulary " + Vocabulary.uri("eventType") + ".");
            } else if (!known.get().label().equals(word.label())) {
                found(
                        5,
                        event.id().value(),
                        "The event type is labelled '" + word.label() + "', but its address " + word.uri() + " means '"
                                + known.get().label() + "'.");
            }
        }
    }

    private void everyEventHasATimeThatCanBe() {
        for (var event : document.events()) {
            var at = time(event);
            if (at.isEmpty()) {
                found(
                        6,
                        event.id().value(),
                        "The time of the event is '" + event.at()
                                + "'; it must be a date and time with an offset, such as 2026-11-20T11:00:00Z.");
            } else if (at.get().isBefore(context.batchStart())) {
                found(
                        6,
                        event.id().value(),
                        "The event was at " + event.at() + ", before its batch began at " + context.batchStart() + ".");
            } else if (at.get().isAfter(context.now())) {
                found(
                        6,
                        event.id().value(),
                        "The event is at " + event.at() + ", and it is only " + context.now() + ".");
            }
        }
    }

    private void whatIsMadeIsDerivedFromItsSource() {
        for (var event : document.events()) {
            if (type(event).filter(MAKING::contains).isEmpty()) {
                continue;
            }
            var sources = event.objects().stream()
                    .filter(PremisRules::isSource)
                    .map(Link::id)
                    .toList();
            var outcomes = event.objects().stream()
                    .filter(PremisRules::isOutcome)
                    .map(Link::id)
                    .toList();
            if (sources.size() != 1 || outcomes.size() != (failed(event) ? 0 : 1)) {
                found(
                        7,
                        event.id().value(),
                        "The " + event.type().label() + " has " + sources.size() + " sources and " + outcomes.size()
                                + " outcomes; it must have one source, and one outcome unless it failed.");
                continue;
            }
            for (var outcome : outcomes) {
                var subject = subjects.get(outcome);
                if (subject != null && !derived(subject, sources.getFirst())) {
                    found(
                            7,
                            outcome.value(),
                            "The " + event.type().label() + " " + event.id()
                                    + " made this object from " + sources.getFirst()
                                    + ", but it has no relationship 'derivation' to that.");
                }
            }
        }
    }

    private static boolean derived(Subject subject, Id source) {
        return subject.relationships().stream()
                .anyMatch(relationship -> relationship.type().is("relationshipType", "der", "derivation")
                        && relationship.objects().contains(source));
    }

    private void nothingHappensAfterDeletion() {
        for (var event : document.events()) {
            var at = time(event);
            for (var link : event.objects()) {
                var deletion = deletions.get(link.id());
                if (deletion != null && at.isPresent() && at.get().isAfter(deletion)) {
                    found(
                            8,
                            event.id().value(),
                            "The " + event.type().label() + " of " + event.at() + " is on " + link.id()
                                    + ", which was deleted at " + deletion + ".");
                }
            }
        }
    }

    private void everyFileWentThroughTheChecks() {
        for (var file : files()) {
            if (deleted(file)) {
                continue;
            }
            var types = EnumSet.noneOf(EventType.class);
            file.ids().forEach(id -> types.addAll(recorded.getOrDefault(id, Set.of())));
            var needed = new ArrayList<EventType>(List.of(EventType.MESSAGE_DIGEST_CALCULATION));
            if (file.ids().stream().noneMatch(made::contains)) {
                needed.addAll(List.of(EventType.FORMAT_IDENTIFICATION, EventType.VALIDATION, EventType.VIRUS_CHECK));
                if (!types.contains(EventType.INGESTION) && !types.contains(EventType.CAPTURE)) {
                    found(9, file.name(), "There is no ingestion and no capture of this file.");
                }
            }
            for (var type : needed) {
                if (!types.contains(type)) {
                    found(
                            9,
                            file.name(),
                            "There is no " + type.label() + " of this file that succeeded, and no warning"
                                    + " that says why not.");
                }
            }
        }
    }

    private void everyVersionWasPackagedOnce() {
        long packaged = document.events().stream()
                .filter(event -> type(event)
                        .filter(EventType.INFORMATION_PACKAGE_CREATION::equals)
                        .isPresent())
                .filter(PremisRules::succeeded)
                .count();
        if (packaged != context.packageVersion()) {
            found(
                    10,
                    "",
                    "There are " + packaged + " successful events 'information package creation', but this is"
                            + " version " + context.packageVersion() + " of the package, and each version has one.");
        }
    }

    private List<Subject> files() {
        return document.subjects().stream()
                .filter(subject -> subject.kind().equals("file"))
                .toList();
    }

    private boolean deleted(Subject subject) {
        return subject.ids().stream().anyMatch(deletions::containsKey);
    }

    private static List<String> sha256s(Subject file) {
        return file.fixities().stream()
                .filter(fixity -> fixity.algorithm().is("cryptographicHashFunctions", "sha256", "SHA-256")
                        || fixity.algorithm().equals(new PremisDocument.Word("sha256", "")))
                .map(PremisDocument.Fixity::digest)
                .toList();
    }

    /// By its address; by its label where the address is wrong, so that rule 5 is not the only one to look at
    /// it.
    private static Optional<EventType> type(Event event) {
        return byUri(event.type().uri())
                .or(() -> Optional.ofNullable(BY_LABEL.get(event.type().label())));
    }

    private static Optional<EventType> byUri(String uri) {
        return Optional.ofNullable(BY_URI.get(uri));
    }

    private static Optional<Instant> time(Event event) {
        try {
            return Optional.of(OffsetDateTime.parse(event.at()).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static boolean succeeded(Event event) {
        return event.outcomes().stream().anyMatch(outcome -> outcome.word().is("eventOutcome", "suc", "success"));
    }

    private static boolean failed(Event event) {
        return event.outcomes().stream().anyMatch(outcome -> outcome.word().is("eventOutcome", "fai", "fail"));
    }

    private static boolean hasReason(Event event) {
        return event.outcomes().stream()
                .anyMatch(outcome -> outcome.word().is("eventOutcome", "war", "warning")
                        && !outcome.note().isBlank());
    }

    private static boolean isSource(Link link) {
        return link.role()
                .filter(role -> role.is("eventRelatedObjectRole", "sou", "source"))
                .isPresent();
    }

    private static boolean isOutcome(Link link) {
        return link.role()
                .filter(role -> role.is("eventRelatedObjectRole", "out", "outcome"))
                .isPresent();
    }

    private void found(int rule, String identifier, String message) {
        if (violations.size() < VIOLATIONS_MAX) {
            violations.add(new RuleViolation(rule, identifier, message));
        }
    }
}
