package dev.lovage.engine.settings;

import java.util.regex.Pattern;

/// Where a setting has an effect; elsewhere it can be set, and has none, so that one file serves several
/// installations.
enum Scope {
    EVERYWHERE(""),
    RABBITMQ("RabbitMQ"),
    REDIS("Redis"),
    RABBITMQ_AND_REDIS("RabbitMQ and Redis"),
    REDIS_RESULTS("results in Redis"),
    CHILDREN("prefork");

    private static final Pattern RABBITMQ_URL = Pattern.compile("(?i)(amqps?|pyamqp):.*", Pattern.DOTALL);
    private static final Pattern REDIS_URL = Pattern.compile("(?i)rediss?:.*", Pattern.DOTALL);

    private final String words;

    Scope(String words) {
        this.words = words;
    }

    /// For the table of settings; empty for everywhere.
    String words() {
        return words;
    }

    static boolean rabbitmq(String url) {
        return RABBITMQ_URL.matcher(url.strip()).matches();
    }

    static boolean redis(String url) {
        return REDIS_URL.matcher(url.strip()).matches();
    }
}
