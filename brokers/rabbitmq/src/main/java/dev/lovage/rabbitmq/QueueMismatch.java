package dev.lovage.rabbitmq;

import java.util.regex.Pattern;

/// A queue or exchange is there already, and not as the settings here have it.
public final class QueueMismatch extends RuntimeException {
    /// `'10'`, or in later versions `the value '10' of type 'signedint'`, or `none`.
    private static final String VALUE = "(none|(?:the value )?'.*?'(?: of type '\\w+')?)";

    private static final Pattern INEQUIVALENT =
            Pattern.compile("inequivalent arg '([^']*)' for (\\w+) '([^']*)' in vhost" + " '[^']*': received " + VALUE
                    + " but current is " + VALUE);

    private final String name;

    private QueueMismatch(String name, String message, Throwable cause) {
        super(message, cause);
        this.name = name;
    }

    /// @param queue that was being declared
    /// @param reply what RabbitMQ said
    static QueueMismatch of(String queue, String reply, Throwable cause) {
        var matcher = INEQUIVALENT.matcher(reply);
        if (!matcher.find()) {
            return new QueueMismatch(
                    queue,
                    "RabbitMQ refuses the queue " + queue + ": " + reply + ". Nothing was sent or received.",
                    cause);
        }
        return new QueueMismatch(
                matcher.group(3),
                "The " + matcher.group(2) + " " + matcher.group(3) + " is there already with " + matcher.group(1)
                        + " = "
                        + value(matcher.group(5)) + ", and the settings here ask for " + matcher.group(1) + " = "
                        + value(matcher.group(4))
                        + ". Nothing was sent or received. Write what is there into the settings"
                        + " (task_queues, task_queue_max_priority, task_default_queue_type,"
                        + " task_create_missing_queue_type, task_default_exchange_type,"
                        + " task_create_missing_queue_exchange_type,"
                        + " broker_native_delayed_delivery_queue_type), or delete the " + matcher.group(2)
                        + " once nothing lies in it.",
                cause);
    }

    private static String value(String said) {
        var from = said.indexOf('\'');
        return from < 0 ? said : said.substring(from + 1, said.indexOf('\'', from + 1));
    }

    /// Of the queue or exchange.
    public String name() {
        return name;
    }
}
