package dev.lovage.records.mail;

import java.util.EnumMap;
import java.util.List;

/// Counts what was repaired in one message.
final class Repairs {
    private final EnumMap<MailWarning.Code, Integer> counts = new EnumMap<>(MailWarning.Code.class);

    void count(MailWarning.Code code) {
        counts.merge(code, 1, Integer::sum);
    }

    List<MailWarning> warnings() {
        return counts.entrySet().stream()
                .map(entry -> new MailWarning(entry.getKey(), entry.getValue()))
                .toList();
    }
}
