package dev.lovage.records.intake;

import dev.lovage.engine.blob.BlobRef;
import dev.lovage.engine.blob.BlobStore;
import dev.lovage.engine.json.Json;
import dev.lovage.records.clock.Clock;
import dev.lovage.records.clock.ClockEvent;
import dev.lovage.records.clock.Obligation;
import dev.lovage.records.clock.Regime;
import dev.lovage.records.letter.Letter;
import dev.lovage.records.pii.MaskingPolicy;
import dev.lovage.records.pii.PersonalData;
import dev.lovage.records.pii.Pseudonyms;
import dev.lovage.records.routing.Decision;
import dev.lovage.records.routing.RoutingInput;
import dev.lovage.records.scoring.ScoringInput;
import dev.lovage.records.submission.Submission;
import dev.lovage.sql.database.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// What each step of the pipeline finds out. Identity stays in the vault; what leaves it is masked or a pseudonym.
final class Steps {
    private static final JsonMapper EXPLANATIONS = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Database database;
    private final Agency agency;
    private final Reader reader;
    private final BlobStore blobs;
    private final Pseudonyms pseudonyms;
    private final PersonalData personalData;
    private final Path letters;
    private final InstantSource clock;

    Steps(
            Database database,
            Agency agency,
            Reader reader,
            BlobStore blobs,
            Pseudonyms pseudonyms,
            Path letters,
            InstantSource clock) {
        this.database = database;
        this.agency = agency;
        this.reader = reader;
        this.blobs = blobs;
        this.pseudonyms = pseudonyms;
        this.personalData = new PersonalData(pseudonyms);
        this.letters = letters;
        this.clock = clock;
    }

    Agency agency() {
        return agency;
    }

    /// What is in the vault of one submission.
    ///
    /// @param silence why no acknowledgement may be sent automatically
    record Original(Submission submission, Optional<String> silence) {}

    /// Reads the original. What it says goes to the vault, whole.
    Pipeline.Progress parse(Item item) throws IOException {
        return switch (reader.read(item.form(), raw(item), item.trackingId())) {
            case Reader.Content.Unreadable(var reason) -> Pipeline.Progress.held(reason);
            case Reader.Content.Readable(var submission, var silence) -> {
                var said = Json.object();
                said.put("channel", submission.channel().code());
                said.put("attachments", submission.attachments().size());
                said.put("warnings", submission.warnings().size());
                yield Pipeline.Progress.of(Map.of(), said)
                        .vault(Json.text(Json.tree(new Original(submission, silence))));
            }
        };
    }

    /// Makes the working copy: what is asked, without who asks and without others' personal data.
    Pipeline.Progress separate(Item item) {
        var submission = original(item).submission();
        var requester = submission
                .requester()
                .email()
                .map(pseudonyms::requesterRef)
                .orElseGet(() ->
                        pseudonyms.requesterRef(submission.requester().name().full() + " "
                                + submission.requester().address()));
        var masked = personalData.separate(submission.description(), MaskingPolicy.BODY);
        var copy = Json.object();
        copy.put("requester_ref", requester);
        copy.put("description", masked.masked());
        submission.componentName().flatMap(agency::component).ifPresent(found -> copy.put("component", found));
        var claims = submission.claims();
        claims.requesterClass().ifPresent(claimed -> copy.put("requester_class", claimed.name()));
        copy.put("expedite_requested", claims.expediteRequested());
        copy.put("fee_waiver_requested", claims.feeWaiverRequested());
        copy.put("emergency_claimed", claims.emergency());
        var attachments = copy.putArray("attachments");
        submission
                .attachments()
                .forEach(one -> attachments
                        .addObject()
                        .put("media_type", one.mediaType())
                        .put("size", one.size())
                        .put("sha256", one.sha256()));
        var spans = copy.putArray("personal_data");
        masked.spans()
                .forEach(span -> spans.addObject()
                        .put("class", span.type().name())
                        .put("start", span.start())
                        .put("end", span.end())
                        .put("rule", span.ruleId())
                        .put("confidence", span.confidence().name()));
        var said = Json.object();
        said.put("requester_ref", requester);
        said.put("spans", masked.spans().size());
        return Pipeline.Progress.of(Map.of("requester_ref", requester, "working_copy", Json.text(copy)), said);
    }

    /// Computes what is owed by when.
    Pipeline.Progress clock(Item item) {
        var events = new ArrayList<ClockEvent>();
        events.add(new ClockEvent.Received(item.receivedAt(), agency.component()));
        if (workingCopy(item).path("expedite_requested").asBoolean()) {
            events.add(new ClockEvent.ExpediteRequested(item.receivedAt()));
        }
        var obligations = Clock.fold(agency.regime(), events);
        var stored = Json.array();
        for (var obligation : obligations) {
            var node = stored.addObject();
            node.put("kind", obligation.kind().name().toLowerCase(java.util.Locale.ROOT));
            node.put("start", obligation.start().toString());
            node.put("base_due", obligation.baseDue().toString());
            node.put("current_due", obligation.currentDue().toString());
            node.put("state", obligation.state().name().toLowerCase(java.util.Locale.ROOT));
            var why = node.putArray("explanation");
            obligation.explanation().forEach(why::add);
        }
        var due = nearest(obligations);
        var said = Json.object();
        said.put("regime", agency.regime().id());
        said.put("regime_version", agency.regime().version());
        var columns = new LinkedHashMap<String, String>();
        columns.put("obligations", Json.text(stored));
        due.ifPresent(day -> {
            said.put("due", day.toString());
            columns.put("due_on", day.toString());
        });
        return Pipeline.Progress.of(columns, said);
    }

    /// Scores by the policy file; the level decides the queue of what follows.
    Pipeline.Progress score(Item item) {
        var copy = workingCopy(item);
        var now = clock.instant();
        var today = agency.regime().date(now);
        var events = new ArrayList<ClockEvent>();
        events.add(new ClockEvent.Received(item.receivedAt(), agency.component()));
        var expedite = copy.path("expedite_requested").asBoolean();
        if (expedite) {
            events.add(new ClockEvent.ExpediteRequested(item.receivedAt()));
        }
        var left = Clock.fold(agency.regime(), events).stream()
                .filter(Obligation::isOpen)
                .mapToInt(obligation -> obligation.businessDaysLeft(today))
                .min();
        var score = agency.policy()
                .score(new ScoringInput(
                        left.isPresent() ? OptionalInt.of(left.getAsInt()) : OptionalInt.empty(),
                        expedite ? ScoringInput.Track.EXPEDITED : ScoringInput.Track.SIMPLE,
                        expedite,
                        ScoringInput.RequesterClass.valueOf(
                                copy.path("requester_class").asString("OTHER")),
                        copy.path("emergency_claimed").asBoolean()
                                ? ScoringInput.Emergency.CLAIMED
                                : ScoringInput.Emergency.NONE,
                        Math.max(0, Duration.between(item.receivedAt(), now).toMinutes()),
                        openOf(item),
                        false));
        JsonNode explanation = EXPLANATIONS.valueToTree(score.explanation());
        var said = Json.object();
        said.put("policy_sha256", agency.policy().sha256());
        said.put("score", score.score());
        said.put("level", score.level());
        said.put("queue", score.queue());
        return Pipeline.Progress.of(
                Map.of(
                        "score", Json.text(explanation),
                        "level", Integer.toString(score.level()),
                        "queue", score.queue()),
                said);
    }

    /// Finds the department, or holds what no rule may send anywhere.
    Pipeline.Progress route(Item item) {
        var copy = workingCopy(item);
        var decision = agency.matrix()
                .route(new RoutingInput(
                        copy.path("description").asString(""),
                        agency.regime().id(),
                        agency.routingJurisdiction(),
                        Optional.ofNullable(copy.path("component").asString(null)),
                        RoutingInput.Channel.valueOf(dev.lovage.records.submission.Channel.ofCode(item.channel())
                                .name()),
                        RoutingInput.RequesterClass.valueOf(
                                copy.path("requester_class").asString("OTHER")),
                        RoutingInput.SubjectOfRecord.UNKNOWN,
                        clock.instant()));
        return switch (decision) {
            case Decision.Held(var reason, var _) -> Pipeline.Progress.held(reason);
            case Decision.Routed(var primary, var copies, var rule, var flag, var explanation) -> {
                var said = Json.object();
                said.put("matrix_sha256", agency.matrix().sha256());
                said.put("rule", rule);
                said.put("department", primary);
                flag.ifPresent(word -> said.put("flag", word));
                var all = new ArrayList<>(List.of(primary));
                all.addAll(copies);
                yield Pipeline.Progress.of(
                                Map.of(
                                        "route",
                                        Json.text(EXPLANATIONS.<JsonNode>valueToTree(explanation)),
                                        "department",
                                        primary),
                                said)
                        .departments(all);
            }
        };
    }

    /// Writes the letter. Its text follows from the record, so that every attempt writes the same file.
    Pipeline.Progress acknowledge(Item item) throws IOException {
        var original = original(item);
        var department = item.department().orElseThrow();
        var letter = Letter.write(
                letters,
                new Letter.Text(
                        item.trackingId(),
                        original.submission().requester().name().full(),
                        item.receivedAt(),
                        agency.regime().zone(),
                        item.rawSha256(),
                        agency.matrix().departments().get(department) == null
                                ? department
                                : agency.matrix().departments().get(department).name(),
                        agency.regime().confidence() == Regime.Confidence.HIGH
                                ? item.dueOn().map(LocalDate::parse)
                                : Optional.empty(),
                        original.silence()));
        var said = Json.object();
        said.put("sha256", letter.sha256());
        said.put("size", letter.size());
        return Pipeline.Progress.of(Map.of(), said).letter(letter);
    }

    private byte[] raw(Item item) throws IOException {
        if (item.raw().isPresent()) {
            return item.raw().get();
        }
        try (var bytes = blobs.open(new BlobRef("sha256:" + item.rawSha256(), item.rawSize(), item.mediaType()))) {
            return bytes.readAllBytes();
        }
    }

    private Original original(Item item) {
        var text = database.read(connection -> {
            try (var select = connection.prepareStatement(
                    "SELECT original FROM records_vault WHERE tenant = ? AND tracking_id = ?")) {
                select.setString(1, item.tenant());
                select.setString(2, item.trackingId());
                try (var row = select.executeQuery()) {
                    return row.next() ? Optional.of(row.getString(1)) : Optional.<String>empty();
                }
            }
        });
        var vault = text.orElseThrow(() -> new IllegalStateException(
                "The vault has nothing of " + item.trackingId() + ". Restore it from a backup, then retry this task."));
        try {
            return Json.value(Json.read(vault.getBytes(StandardCharsets.UTF_8)), Original.class);
        } catch (RuntimeException unreadable) { // its message may quote the content, which stays in the vault
            throw new IllegalStateException("What the vault has of " + item.trackingId()
                    + " is no submission. Restore it from a backup, then retry this task.");
        }
    }

    private static JsonNode workingCopy(Item item) {
        return Json.read(item.workingCopy().orElseThrow().getBytes(StandardCharsets.UTF_8));
    }

    private int openOf(Item item) {
        return database.read(connection -> {
            try (var select = connection.prepareStatement(
                    "SELECT COUNT(*) FROM records_submission WHERE tenant = ? AND requester_ref = ?")) {
                select.setString(1, item.tenant());
                select.setString(2, item.requesterRef().orElse(""));
                try (var row = select.executeQuery()) {
                    row.next();
                    return row.getInt(1);
                }
            }
        });
    }

    private static Optional<LocalDate> nearest(List<Obligation> obligations) {
        return obligations.stream()
                .filter(Obligation::isOpen)
                .map(Obligation::currentDue)
                .min(Comparator.naturalOrder());
    }
}
