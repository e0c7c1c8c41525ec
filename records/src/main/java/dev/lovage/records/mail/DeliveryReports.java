package dev.lovage.records.mail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;

/// Reads the per-recipient blocks of a `message/delivery-status` part.
final class DeliveryReports {
    private static final int RECIPIENTS_MAX = 1000;

    private DeliveryReports() {}

    static List<DeliveryReport> parse(String text) {
        var reports = new ArrayList<DeliveryReport>();
        var block = new HashMap<String, String>();
        for (var line : (text + "\n\n").lines().toList()) {
            var colon = line.indexOf(':');
            if (line.isBlank()) {
                end(block, reports);
            } else if (colon > 0 && !Character.isWhitespace(line.charAt(0))) {
                block.putIfAbsent(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        end(block, reports);
        return reports;
    }

    private static void end(HashMap<String, String> block, List<DeliveryReport> reports) {
        var recipient = block.getOrDefault("final-recipient", block.getOrDefault("original-recipient", ""));
        var status = block.getOrDefault("status", "").split("\\s", 2)[0];
        if ((!recipient.isEmpty() || !status.isEmpty()) && reports.size() < RECIPIENTS_MAX) {
            var address = recipient.substring(recipient.indexOf(';') + 1).strip();
            reports.add(
                    new DeliveryReport(address, block.getOrDefault("action", "").toLowerCase(Locale.ROOT), status));
        }
        block.clear();
    }
}
