package dev.lovage.engine.settings;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Every setting that is honoured, under Celery's own name where Celery has it. Celery's other settings are known by
/// [CelerySetting].
public enum Setting {
    BROKER_URL(
            Form.URL,
            "",
            "where messages go: sqlite:///file or postgresql://user:password@host:port/database; amqp:// or redis:// where their modules are on the class path; the data folder's SQLite file unless set"),
    RESULT_BACKEND(
            Form.URL,
            "",
            "where results go: the store's own database unless set; beside amqp:// and redis:// also redis:// or rpc://"),
    BROKER_TRANSPORT_OPTIONS(
            Form.MAP,
            Scope.REDIS,
            "",
            "a map of what one kind of broker knows; of Redis visibility_timeout (seconds, 3600), global_keyprefix, priority_steps, sep, socket_timeout and socket_connect_timeout (seconds)"),
    RESULT_BACKEND_TRANSPORT_OPTIONS(
            Form.MAP,
            Scope.REDIS_RESULTS,
            "",
            "a map; of Redis global_keyprefix and result_chord_ordered (true), the same on all workers"),
    STORE_URL(
            Form.URL,
            "",
            "where executions, timers and dead letters are kept: the SQL broker's own database; beside amqp:// and redis:// a SQL database or redis://, where unset the data folder's SQLite file if it is there, else the Redis of result_backend, else that of broker_url, else the SQLite file; beside amqp:// also none, without what a store is for"),
    DATA(Form.PATH, "lovage-data", "the data folder, with mode 0700"),
    TASK_DEFAULT_QUEUE(Form.TEXT, "celery", "the queue of a task that no route, signature or descriptor names one for"),
    TASK_DEFAULT_QUEUE_TYPE(
            Form.words("classic", "quorum"),
            Scope.RABBITMQ,
            "classic",
            "what task_default_queue is: classic or quorum"),
    TASK_CREATE_MISSING_QUEUE_TYPE(
            Form.words("classic", "quorum"),
            Scope.RABBITMQ,
            "classic",
            "what queues are that task_queues does not name: classic or quorum"),
    TASK_DEFAULT_EXCHANGE_TYPE(
            Form.words("direct", "topic", "fanout"),
            Scope.RABBITMQ,
            "direct",
            "the type of the exchange of task_default_queue: direct, topic or fanout; native delayed delivery needs topic"),
    TASK_CREATE_MISSING_QUEUE_EXCHANGE_TYPE(
            Form.words("direct", "topic", "fanout"),
            Scope.RABBITMQ,
            "direct",
            "the type of the exchanges of queues that task_queues does not name: direct, topic or fanout"),
    TASK_QUEUE_MAX_PRIORITY(
            Form.NUMBER,
            Scope.RABBITMQ,
            "0",
            "x-max-priority of every classic queue that has none of its own; 0 is none"),
    TASK_DEFAULT_PRIORITY(Form.NUMBER, "0", "0 to 10, higher is claimed first; on Redis lower, as in Celery"),
    TASK_ROUTES(
            Form.ROUTES,
            "",
            "a map of task names, globs, or expressions after `re:` to queue names or to {queue, exchange, routing_key, priority}"),
    TASK_QUEUES(
            Form.QUEUES,
            "",
            "a map of queue names to {exchange, exchange_type, routing_key, queue_arguments, max_priority}; others are declared with their name alone"),
    TASK_ANNOTATIONS(
            Form.ANNOTATIONS,
            "",
            "a map of task names, or `*` for all others, to {rate_limit, cluster}: how often a task is started at most, by each worker or by all of one store together"),
    TASK_CREATE_MISSING_QUEUES(
            Form.FLAG, "true", "whether tasks can be sent to queues that task_queues does not name, if it names any"),
    TASK_COMPRESSION(
            Form.words("none", "zlib", "zstd", "bz2", "xz", "gzip", "bzip2", "lzma"),
            "none",
            "how bodies are compressed that are sent: none, zlib, zstd, bz2 or xz"),
    TASK_JSON_TYPES(
            Form.words("plain", "typed"),
            "plain",
            "plain: dates, times, decimals and UUIDs are sent as text, as any peer reads them; typed: in envelopes, which kombu 5.3 and later turn into values of their types"),
    TASK_ACKS_LATE(Form.FLAG, "true", "acknowledge after the run"),
    TASK_REJECT_ON_WORKER_LOST(Form.FLAG, "true", "run a task again whose worker process died"),
    TASK_IGNORE_RESULT(Form.FLAG, "false", "do not keep results of successes"),
    TASK_TRACK_STARTED(Form.FLAG, "false", "record the state STARTED"),
    TASK_TIME_LIMIT(Form.SECONDS, Scope.CHILDREN, "0", "hard limit in seconds for every task; 0 is none"),
    TASK_SOFT_TIME_LIMIT(Form.SECONDS, "0", "soft limit in seconds for every task; 0 is none"),
    TASK_CRASHES_MAX(
            Form.NUMBER, "3", "a task that was running when its worker process died this many times is quarantined"),
    TASK_LOG_LINES_MAX(
            Form.NUMBER,
            "500",
            "lines that one attempt of a task logs and that are kept for trace, the first ones; 0 keeps none"),
    TASK_UNKNOWN(
            Form.words("park", "celery"),
            "park",
            "what becomes of an unknown task: park, or celery (fail as NotRegistered)"),
    RESULT_EXPIRES(Form.SECONDS, "86400", "seconds that results and ended executions are kept; 0 is for ever"),
    RESULT_EXTENDED(
            Form.FLAG,
            Scope.REDIS_RESULTS,
            "false",
            "results tell the task's name, arguments, worker, retries and queue, too"),
    TASK_UNENFORCEABLE_LIMIT(
            Form.words("fail", "ignore"),
            "fail",
            "what becomes of a task whose message brings a hard limit that its worker can't enforce: fail, or ignore the limit as Celery does"),
    WORKER_CONCURRENCY(
            Form.NUMBER,
            "0",
            "slots of a worker; 0 is one per core in a pool of processes, and eight per core in others"),
    WORKER_POOL(
            Form.words("gevent", "threads", "solo", "prefork", "virtual", "eventlet", "processes"),
            "gevent",
            "gevent (virtual threads), threads, solo, or prefork (child processes)"),
    WORKER_MAX_MEMORY_PER_CHILD(
            Form.SIZE,
            Scope.CHILDREN,
            "0",
            "what a child process and its subprocesses may use while a task runs: a number of KiB as in Celery, or such as 1GiB; 0 is no limit"),
    WORKER_MAX_TASKS_PER_CHILD(
            Form.NUMBER,
            Scope.CHILDREN,
            "0",
            "tasks that a child process runs before another takes its place; 0 is no limit"),
    WORKER_PROC_ALIVE_TIMEOUT(
            Form.SECONDS, Scope.CHILDREN, "60", "seconds that a child process may take to start, and to take a task"),
    WORKER_DETECT_QUORUM_QUEUES(
            Form.FLAG,
            Scope.RABBITMQ,
            "true",
            "whether native delayed delivery is set up and used as soon as one of the queues is a quorum queue"),
    WORKER_SEND_TASK_EVENTS(
            Form.FLAG,
            Scope.RABBITMQ_AND_REDIS,
            "false",
            "whether workers tell of their tasks on celeryev from the start, as with celery -E"),
    WORKER_ENABLE_REMOTE_CONTROL(
            Form.FLAG,
            Scope.RABBITMQ_AND_REDIS,
            "true",
            "whether workers on RabbitMQ and Redis answer remote commands and say that they live"),
    WORKER_LEASE(
            Form.SECONDS, "10", "seconds that a worker's counter may stand still before its work is given to others"),
    WORKER_SHUTDOWN_GRACE(Form.SECONDS, "30", "seconds that running tasks may take to finish when a worker stops"),
    BROKER_HEARTBEAT(
            Form.SECONDS,
            Scope.RABBITMQ,
            "20",
            "seconds between signs of life on a connection to RabbitMQ, which gives back what a worker had that shows none for two of them; 0 is none"),
    BROKER_CONNECTION_TIMEOUT(Form.SECONDS, Scope.RABBITMQ, "4", "seconds that connecting to a broker may take"),
    BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE(
            Form.words("quorum", "classic"),
            Scope.RABBITMQ,
            "quorum",
            "what the queues celery_delayed_0 to celery_delayed_27 are: quorum or classic, the same on Python's side"),
    BROKER_PUBLISH_TIMEOUT(
            Form.SECONDS,
            Scope.RABBITMQ,
            "10",
            "seconds that sending may take in all, waiting for the broker's answer included"),
    BROKER_QUEUE_MAX(Form.NUMBER, "4096", "units of writing that may wait; more are refused at once"),
    TASK_PAYLOAD_MAX(
            Form.NUMBER,
            "1048576",
            "bytes of a message's body before it is compressed; a longer one is refused when sent, unless its task takes its arguments by reference"),
    TASK_PAYLOAD_REFERENCE_MAX(
            Form.NUMBER,
            "268435456",
            "bytes of arguments that travel as a reference, and of what goes to or from a child process"),
    TASK_PAYLOAD_FOLDER(
            Form.PATH,
            "payloads",
            "where arguments are kept that travel as a reference: a folder within the data folder, or one that all machines share"),
    BEAT_SCHEDULE(
            Form.MAP,
            "",
            "a map of names to {task, schedule, args, kwargs, options, misfire, misfire_grace}: what beat sends, see beat.md"),
    TIMEZONE(Form.ZONE, "UTC", "affects crontab schedules and what Celery prints, nothing else"),
    ARCHIVE_READ_BUDGET(
            Form.RATE,
            "0",
            "bytes per second that a process of the archive reads of the files that it takes in, such as 200MiB; 0 is no limit");

    private final Form form;
    private final Scope scope;
    private final String preset;
    private final String meaning;

    Setting(Form form, String preset, String meaning) {
        this(form, Scope.EVERYWHERE, preset, meaning);
    }

    Setting(Form form, Scope scope, String preset, String meaning) {
        this.form = form;
        this.scope = scope;
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

    /// What its value is, with its unit.
    String type() {
        return form.word();
    }

    Scope scope() {
        return scope;
    }

    /// @throws BadSetting if its value can't be read
    void check(Settings settings) {
        form.check().accept(settings, this);
    }

    static Optional<Setting> named(String key) {
        return Arrays.stream(values()).filter(one -> one.key().equals(key)).findFirst();
    }

    static Duration seconds(String text) {
        return Duration.ofNanos((long) (Double.parseDouble(text) * 1e9));
    }
}
