package dev.lovage.records.clock;

import dev.lovage.records.rulefile.Node;
import dev.lovage.records.rulefile.RuleFile;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// One law's clocks as data: periods, what starts them, what stops them, and how its days are counted.
///
/// @param id such as `US-FED-FOIA`
/// @param cutoffTime what comes in later counts on the next open day; absent if the whole day counts
/// @param tolling by ground
public record Regime(
        String id,
        String version,
        Confidence confidence,
        ZoneId zone,
        HolidayCalendar calendar,
        Optional<LocalTime> cutoffTime,
        Map<Kind, Period> periods,
        Map<String, Tolling> tolling,
        Extension extension,
        List<Source> sources) {
    public Regime {
        periods = Map.copyOf(periods);
        tolling = Map.copyOf(tolling);
        sources = List.copyOf(sources);
    }

    /// How sure its authors are of a regime. What is not `HIGH` must not drive a legal statement to a requester
    /// without a person looking at it.
    public enum Confidence {
        HIGH,
        MEDIUM,
        LOW
    }

    /// What an agency owes.
    public enum Kind {
        DETERMINATION,
        EXPEDITE_DECISION
    }

    /// What a period runs from.
    public enum Starts {
        RECEIVED,
        PROPER_COMPONENT,
        EXPEDITE_REQUESTED
    }

    /// What becomes of a due date on a closed day.
    public enum Roll {
        NONE,
        NEXT_OPEN_DAY
    }

    /// How long an agency has. The day it starts on is day zero.
    ///
    /// @param startCap a period from the proper component's receipt starts at the latest this long after the first
    public record Period(int days, Unit unit, Starts starts, Optional<StartCap> startCap, Roll roll) {}

    /// The longest way from the first receipt to the proper component's.
    public record StartCap(int days, Unit unit) {}

    /// How often the clock may wait on a ground; empty if as often as needed.
    public record Tolling(OptionalInt usesMax) {}

    /// How far the determination can be put off, and on which grounds.
    public record Extension(int daysMax, Unit unit, Set<String> grounds) {
        public Extension {
            grounds = Set.copyOf(grounds);
        }
    }

    /// A regime shipped with this module, on its shipped calendar.
    ///
    /// @param name such as `us-fed-foia`
    public static Regime bundled(String name) {
        return read(RuleFile.bundled("regimes/" + name + ".yaml"));
    }

    /// The day on which something that came in at `instant` counts as received.
    public LocalDate receiptDate(Instant instant) {
        ZonedDateTime local = instant.atZone(zone);
        boolean late = cutoffTime.filter(local.toLocalTime()::isAfter).isPresent();
        return late ? calendar.openOnOrAfter(local.toLocalDate().plusDays(1)) : local.toLocalDate();
    }

    /// The day of `instant` in this regime's zone.
    public LocalDate date(Instant instant) {
        return instant.atZone(zone).toLocalDate();
    }

    /// This regime on another calendar.
    public Regime on(HolidayCalendar other) {
        return new Regime(id, version, confidence, zone, other, cutoffTime, periods, tolling, extension, sources);
    }

    /// Reads a regime file; its calendar is taken from those shipped.
    ///
    /// @throws dev.lovage.records.rulefile.RuleFileException if the file is not one
    public static Regime read(RuleFile file) {
        Node root = file.root()
                .only(
                        "regime",
                        "version",
                        "title",
                        "confidence",
                        "zone",
                        "calendar",
                        "day_zero",
                        "cutoff_time",
                        "closures_count",
                        "obligations",
                        "tolling",
                        "extension",
                        "sources");
        root.get("title").text();
        root.get("day_zero").mustBe("receipt");
        root.get("closures_count").mustBe("true");
        Map<Kind, Period> periods = periods(root.get("obligations"));
        Extension extension = extension(root.get("extension"));
        Period determination = periods.get(Kind.DETERMINATION);
        if (determination == null || determination.unit() != extension.unit()) {
            throw root.get("extension")
                    .error("A determination in the unit of the extension was expected in `obligations`. Write both in"
                            + " the same unit.");
        }
        return new Regime(
                root.get("regime").text(),
                root.get("version").text(),
                root.get("confidence").choice(Confidence.class),
                zone(root.get("zone")),
                calendar(root.get("calendar")),
                cutoffTime(root.get("cutoff_time")),
                periods,
                tolling(root.get("tolling")),
                extension,
                Source.readAll(root.get("sources")));
    }

    private static Map<Kind, Period> periods(Node obligations) {
        Map<Kind, Period> periods = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            obligations.find(kind.name().toLowerCase(Locale.ROOT)).ifPresent(node -> periods.put(kind, period(node)));
        }
        obligations.only("determination", "expedite_decision");
        return periods;
    }

    private static Period period(Node node) {
        node.only("days", "unit", "starts", "start_cap", "roll");
        return new Period(
                node.get("days").integer(1, 1000),
                node.get("unit").choice(Unit.class),
                node.get("starts").choice(Starts.class),
                node.find("start_cap").map(cap -> {
                    cap.only("days", "unit");
                    return new StartCap(
                            cap.get("days").integer(1, 1000), cap.get("unit").choice(Unit.class));
                }),
                node.get("roll").choice(Roll.class));
    }

    private static Map<String, Tolling> tolling(Node node) {
        Map<String, Tolling> tolling = new LinkedHashMap<>();
        for (Node row : node.items()) {
            row.only("ground", "max_uses");
            Node uses = row.get("max_uses");
            OptionalInt usesMax = uses.is("unlimited") ? OptionalInt.empty() : OptionalInt.of(uses.integer(1, 1000));
            if (tolling.put(row.get("ground").text(), new Tolling(usesMax)) != null) {
                throw row.error("The ground `" + row.get("ground").text() + "` stands here a second time.");
            }
        }
        return tolling;
    }

    private static Extension extension(Node node) {
        node.only("max_days", "unit", "grounds", "beyond_max");
        node.get("beyond_max").mustBe("offer_narrowing");
        Set<String> grounds = new HashSet<>();
        node.get("grounds").oneOrMore().forEach(ground -> grounds.add(ground.text()));
        return new Extension(
                node.get("max_days").integer(1, 1000), node.get("unit").choice(Unit.class), grounds);
    }

    private static ZoneId zone(Node node) {
        try {
            return ZoneId.of(node.text());
        } catch (DateTimeException e) {
            throw node.error("`" + node.text() + "` is not a time zone. Write one like America/New_York.");
        }
    }

    private static HolidayCalendar calendar(Node node) {
        try {
            return HolidayCalendar.bundled(node.text());
        } catch (IllegalArgumentException e) {
            throw node.error(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<LocalTime> cutoffTime(Node node) {
        if (node.is("none")) {
            return Optional.empty();
        }
        try {
            return Optional.of(LocalTime.parse(node.text()));
        } catch (DateTimeException e) {
            throw node.error("`" + node.text() + "` is not a time of day. Write none, or one like \"17:00\".");
        }
    }
}
