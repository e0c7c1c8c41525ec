package dev.lovage.conformance;

import java.util.Locale;

/// What moves the messages.
enum Kind {
    RABBITMQ,
    REDIS;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
