package dev.lovage.records.scoring;

import dev.lovage.records.rulefile.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Points by days left: linear between the points of a table, rounded down, and level outside it.
record Urgency(List<Point> table) {
    record Point(int daysLeft, int points) {}

    Urgency {
        table = List.copyOf(table);
    }

    /// 0 if no obligation is open.
    int points(OptionalInt daysLeft) {
        if (daysLeft.isEmpty()) {
            return 0;
        }
        int days = daysLeft.getAsInt();
        Point before = table.getFirst();
        for (Point point : table) {
            if (days <= point.daysLeft()) {
                return between(before, point, days);
            }
            before = point;
        }
        return before.points();
    }

    private static int between(Point from, Point to, int days) {
        if (days <= from.daysLeft()) {
            return from.points();
        }
        long slope = (long) (to.points() - from.points()) * (days - from.daysLeft());
        return Math.toIntExact(from.points() + Math.floorDiv(slope, (long) (to.daysLeft() - from.daysLeft())));
    }

    static Urgency read(Node node) {
        node.only("table");
        List<Point> table = new ArrayList<>();
        for (Node row : node.get("table").oneOrMore()) {
            if (row.items().size() != 2) {
                throw row.error("A point of the urgency table is [days left, points], but this one has "
                        + row.items().size() + " numbers.");
            }
            Point point = new Point(
                    row.items().get(0).integer(-1000, 1000), row.items().get(1).integer(0, Policy.POINTS_MAX));
            if (!table.isEmpty() && point.daysLeft() <= table.getLast().daysLeft()) {
                throw row.error("The urgency table goes from fewer to more days left, but " + point.daysLeft()
                        + " follows " + table.getLast().daysLeft() + ". Sort it.");
            }
            if (!table.isEmpty() && point.points() > table.getLast().points()) {
                throw row.error("More days left must not bring more points, but " + point.daysLeft() + " days bring "
                        + point.points() + " and " + table.getLast().daysLeft() + " days "
                        + table.getLast().points() + ". Lower the points.");
            }
            table.add(point);
        }
        if (table.size() < 2) {
            throw node.get("table").error("The urgency table has one point, expected two or more.");
        }
        return new Urgency(table);
    }
}
