package dev.lovage.records.clock;

import dev.lovage.records.rulefile.Node;
import dev.lovage.records.rulefile.RuleFile;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// The days on which a jurisdiction's offices are open. Safe for use by many threads.
public final class HolidayCalendar {
    private final String id;
    private final Set<DayOfWeek> weekend;
    private final List<HolidayRule> rules;
    private final Map<Integer, SortedMap<LocalDate, String>> byYear = new ConcurrentHashMap<>();

    private HolidayCalendar(String id, Set<DayOfWeek> weekend, List<HolidayRule> rules) {
        this.id = id;
        this.weekend = weekend;
        this.rules = List.copyOf(rules);
    }

    /// A calendar shipped with this module.
    ///
    /// @param id name and version, such as `us-federal@1`
    public static HolidayCalendar bundled(String id) {
        String name = id.split("@", 2)[0];
        HolidayCalendar calendar = read(RuleFile.bundled("calendars/" + name + ".yaml"));
        if (!calendar.id.equals(id)) {
            throw new IllegalArgumentException("The calendar " + id + " was asked for, and " + calendar.id
                    + " is shipped. Name that one, after looking at what changed.");
        }
        return calendar;
    }

    /// Reads a calendar file.
    ///
    /// @throws dev.lovage.records.rulefile.RuleFileException if the file is not one
    public static HolidayCalendar read(RuleFile file) {
        Node root = file.root().only("calendar", "version", "title", "weekend", "observed", "sources", "holidays");
        root.get("title").text();
        Source.readAll(root.get("sources"));
        HolidayRule.Observed usual = HolidayRule.Observed.read(root.get("observed"));
        Set<DayOfWeek> weekend = EnumSet.noneOf(DayOfWeek.class);
        root.get("weekend").items().forEach(day -> weekend.add(day.choice(DayOfWeek.class)));
        if (weekend.size() > 6) {
            throw root.get("weekend").error("Every day of the week is a weekend. Leave at least one open.");
        }
        List<HolidayRule> rules = root.get("holidays").items().stream()
                .map(node -> HolidayRule.read(node, usual))
                .toList();
        String id = root.get("calendar").text() + "@" + root.get("version").integer(1, Integer.MAX_VALUE);
        return new HolidayCalendar(id, weekend, rules);
    }

    /// This calendar with one holiday more, under a name of its own.
    public HolidayCalendar with(String newId, HolidayRule rule) {
        List<HolidayRule> more = new ArrayList<>(rules);
        more.add(rule);
        return new HolidayCalendar(newId, weekend, more);
    }

    /// Name and version, such as `us-federal@1`.
    public String id() {
        return id;
    }

    /// Whether this is neither a weekend nor a holiday.
    public boolean isBusinessDay(LocalDate date) {
        return !weekend.contains(date.getDayOfWeek()) && holiday(date).isEmpty();
    }

    /// The name of the holiday for which this day is off.
    public Optional<String> holiday(LocalDate date) {
        return Optional.ofNullable(holidays(date.getYear()).get(date));
    }

    /// The days off in a year as they are observed, with their names.
    public SortedMap<LocalDate, String> holidays(int year) {
        return byYear.computeIfAbsent(year, this::observedIn);
    }

    /// The first business day that is not before `date`.
    public LocalDate openOnOrAfter(LocalDate date) {
        LocalDate open = date;
        while (!isBusinessDay(open)) {
            open = open.plusDays(1);
        }
        return open;
    }

    /// How many business days lie after `from`, up to and including `to`; 0 if `to` is not later.
    public int businessDays(LocalDate from, LocalDate to) {
        return Math.toIntExact(from.plusDays(1)
                .datesUntil(to.isAfter(from) ? to.plusDays(1) : from.plusDays(1))
                .filter(this::isBusinessDay)
                .count());
    }

    private SortedMap<LocalDate, String> observedIn(int year) {
        SortedMap<LocalDate, String> days = new TreeMap<>();
        for (HolidayRule rule : rules) {
            // A holiday of a neighbouring year can be observed in this one.
            for (int ruled = year - 1; ruled <= year + 1; ruled++) {
                rule.observedIn(ruled)
                        .filter(date -> date.getYear() == year)
                        .ifPresent(date -> days.merge(date, rule.name(), (one, other) -> one + ", " + other));
            }
        }
        return Collections.unmodifiableSortedMap(days);
    }
}
