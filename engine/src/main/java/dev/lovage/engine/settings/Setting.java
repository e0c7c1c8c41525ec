package dev.lovage.engine.settings;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Every setting that there is, under Celery's own name where Celery has it.
public enum Setting {
    BROKER_URL(
            "",
            "where messages go: sqlite:///file or postgresql://user:password@host:port/database; amqp:// or redis:// where their modules are on the class path; the data folder's SQLite file unless set"),
    RESULT_BACKEND(
            "",
            "where results go: the store's own database unless set; beside amqp:// and redis:// also redis:// or rpc://"),
    BROKER_TRANSPORT_OPTIONS(
            "",
            "a map of what one kind of broker knows; of Redis visibility_timeout (seconds, 3600), global_keyprefix, priority_steps, sep, socket_timeout and socket_connect_timeout (seconds)"),
    RESULT_BACKEND_TRANSPORT_OPTIONS(
            "", "a map; of Redis global_keyprefix and result_chord_ordered (true), the same on all workers"),
    STORE_URL(
            "",
            "where executions, timers and dead letters are kept: the SQL broker's own database; beside amqp:// and redis:// a SQL database, the data folder's SQLite file unless set"),
    DATA("lovage-data", "the data folder, with mode 0700"),
    TASK_DEFAULT_QUEUE("celery", "the queue of a task that no route, signature or descriptor names one for"),
    TASK_DEFAULT_QUEUE_TYPE("classic", "what task_default_queue is on RabbitMQ: classic or quorum"),
    TASK_CREATE_MISSING_QUEUE_TYPE(
            "classic", "what queues are on RabbitMQ that task_queues does not name: classic or quorum"),
    TASK_QUEUE_MAX_PRIORITY(
            "0", "x-max-priority of every classic queue on RabbitMQ that has none of its own; 0 is none"),
    TASK_DEFAULT_PRIORITY("0", "0 to 10, higher is claimed first"),
    TASK_ROUTES(
            "",
            "a map of task names, globs, or expressions after `re:` to queue names or to {queue, exchange, routing_key, priority}"),
    TASK_QUEUES(
            "",
            "a map of queue names to {exchange, exchange_type, routing_key, queue_arguments, max_priority}; others are declared with their name alone"),
    TASK_ANNOTATIONS(
            "",
            "a map of task names, or `*` for all others, to {rate_limit, cluster}: how often a task is started at most, by each worker or by all of one store together"),
    TASK_CREATE_MISSING_QUEUES(
            "true", "whether tasks can be sent to queues that task_queues does not name, if it names any"),
    TASK_COMPRESSION("none", "how bodies are compressed that are sent: none, zlib, zstd, bz2 or xz"),
    TASK_JSON_TYPES(
            "plain",
            "plain: dates, times, decimals and UUIDs are sent as text, as any peer reads them; typed: in envelopes, which kombu 5.3 and later turn into values of their types"),
    TASK_ACKS_LATE("true", "acknowledge after the run; Celery's default is false"),
    TASK_REJECT_ON_WORKER_LOST("true", "run a task again whose worker process died; Celery's default is false"),
    TASK_IGNORE_RESULT("false", "do not keep results of successes"),
    TASK_TRACK_STARTED("false", "record the state STARTED"),
    TASK_TIME_LIMIT("0", "hard limit in seconds for every task; 0 is none"),
    TASK_SOFT_TIME_LIMIT("0", "soft limit in seconds for every task; 0 is none"),
    TASK_CRASHES_MAX("3", "a task that was running when its worker process died this many times is quarantined"),
    TASK_LOG_LINES_MAX(
            "500", "lines that one attempt of a task logs and that are kept for trace, the first ones; 0 keeps none"),
    TASK_UNKNOWN("park", "what becomes of an unknown task: park, or celery (fail as NotRegistered)"),
    RESULT_EXPIRES("86400", "seconds that results and ended executions are kept"),
    RESULT_EXTENDED("false", "results tell the task's name, arguments, worker, retries and queue, too"),
    TASK_UNENFORCEABLE_LIMIT(
            "fail",
            "what becomes of a task whose message brings a hard limit that its worker can't enforce: fail, or ignore the limit as Celery does"),
    WORKER_CONCURRENCY(
            "0", "slots of a worker; 0 is one per core in a pool of processes, and eight per core in others"),
    WORKER_POOL("gevent", "gevent (virtual threads), threads, solo, or prefork (child processes)"),
    WORKER_MAX_MEMORY_PER_CHILD(
            "0",
            "what a child process and its subprocesses may use while a task runs: a number of KiB as in Celery, or such as 1GiB; 0 is no limit"),
    WORKER_MAX_TASKS_PER_CHILD("0", "tasks that a child process runs before another takes its place; 0 is no limit"),
    WORKER_PROC_ALIVE_TIMEOUT(
            "60", "seconds that a child process may take to start, and to take a task; Celery's default is 4"),
    WORKER_PREFETCH_MULTIPLIER(
            "1",
            "deliveries reserved per slot; more than 1 is not used on SQL brokers, which claim for free slots only"),
    WORKER_SEND_TASK_EVENTS(
            "false", "whether workers tell of their tasks on celeryev from the start, as with celery -E"),
    WORKER_ENABLE_REMOTE_CONTROL(
            "true", "whether workers on RabbitMQ and Redis answer remote commands and say that they live"),
    WORKER_LEASE("10", "seconds that a worker's counter may stand still before its work is given to others"),
    WORKER_SHUTDOWN_GRACE("30", "seconds that running tasks may take to finish when a worker stops"),
    BROKER_HEARTBEAT(
            "20",
            "seconds between signs of life on a connection to RabbitMQ, which gives back what a worker had that shows none for two of them; 0 is none; Celery's default is 120"),
    BROKER_CONNECTION_TIMEOUT("4", "seconds that connecting to a broker may take"),
    BROKER_PUBLISH_TIMEOUT("10", "seconds that sending may take in all, waiting for the broker's answer included"),
    BROKER_QUEUE_MAX("4096", "units of writing that may wait; more are refused at once"),
    TASK_PAYLOAD_MAX(
            "1048576",
            "bytes of a message's body before it is compressed; a longer one is refused when sent, unless its task takes its arguments by reference"),
    TASK_PAYLOAD_REFERENCE_MAX(
            "268435456", "bytes of arguments that travel as a reference, and of what goes to or from a child process"),
    TASK_PAYLOAD_FOLDER(
            "payloads",
            "where arguments are kept that travel as a reference: a folder within the data folder, or one that all machines share"),
    BEAT_SCHEDULE(
            "",
            "a map of names to {task, schedule, args, kwargs, options, misfire, misfire_grace}: what beat sends, see beat.md"),
    TIMEZONE("UTC", "affects crontab schedules and what Celery prints, nothing else"),
    ENABLE_UTC("true", "affects what Celery prints, nothing else"),
    ARCHIVE_READ_BUDGET(
            "0",
            "bytes per second that a process of the archive reads of the files that it takes in, such as 200MiB; 0 is no limit");

    private final String preset;
    private final String meaning;

    Setting(String preset, String meaning) {
        this.preset = preset;
        this.meaning = meaning;
    }

    /// The name in `lovage.yaml`; in the environment it is `LOVAGE_` and the name in capitals.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String preset() {
        return preset;
    }

    public String meaning() {
        return meaning;
    }

    static Optional<Setting> named(String key) {
        return Arrays.stream(values()).filter(one -> one.key().equals(key)).findFirst();
    }

    /// The known name with the fewest letters to change.
    static Setting nearest(String key) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(one -> distance(one.key(), key)))
                .orElseThrow();
    }

    static Duration seconds(String text) {
        return Duration.ofNanos((long) (Double.parseDouble(text) * 1e9));
    }

    /// Levenshtein's distance.
    private static int distance(String a, String b) {
        var before = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                var change = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(before[j], row[j - 1]) + 1);
            }
            before = row;
        }
        return before[b.length()];
    }
}
