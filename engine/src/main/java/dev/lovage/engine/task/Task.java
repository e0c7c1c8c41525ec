package dev.lovage.engine.task;

import dev.lovage.engine.argument.ArgumentShape;
import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.rate.RateLimit;
import dev.lovage.engine.retry.RetryPolicy;
import dev.lovage.engine.retry.RetryRule;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A task is a name and two types; who runs it is another matter, perhaps a Python worker.
///
/// A record as input is the argument list: its components are the positional arguments in order, and the
/// keyword arguments by their snake_case names. Any other input is one positional argument; `Void` is none.
/// Each method that sets an option returns another descriptor.
public final class Task<I, O> {
    private final TaskName name;
    private final ArgumentShape arguments;
    private final Type input;
    private final Type output;
    private final TaskOptions options;

    private Task(TaskName name, ArgumentShape arguments, Type input, Type output, TaskOptions options) {
        this.name = name;
        this.arguments = arguments;
        this.input = input;
        this.output = output;
        this.options = options;
    }

    public static <I, O> Task<I, O> named(String name, Class<I> input, Class<O> output) {
        return of(name, input, output);
    }

    public static <I, O> Task<I, O> named(String name, Class<I> input, TypeRef<O> output) {
        return of(name, input, output.type());
    }

    public static <I, O> Task<I, O> named(String name, TypeRef<I> input, TypeRef<O> output) {
        return of(name, input.type(), output.type());
    }

    private static <I, O> Task<I, O> of(String name, Type input, Type output) {
        return new Task<>(new TaskName(name), ArgumentShape.of(input), input, output, TaskOptions.DEFAULT);
    }

    public TaskName name() {
        return name;
    }

    public ArgumentShape arguments() {
        return arguments;
    }

    public Type input() {
        return input;
    }

    public Type output() {
        return output;
    }

    public TaskOptions options() {
        return options;
    }

    /// The JSON Schema (2020-12) of the task's arguments.
    public JsonNode schema() {
        return arguments.schema();
    }

    /// The queue that signatures of this task go to, unless a signature names another.
    public Task<I, O> queue(String queue) {
        return but(options.queue(queue));
    }

    /// @param priority 0 to 10, higher is claimed first
    public Task<I, O> priority(int priority) {
        return but(options.priority(priority));
    }

    /// Celery's `acks_late`. Early means: a crash while the task runs ends it as FAILURE, and it never runs
    /// twice.
    public Task<I, O> acksLate(boolean late) {
        return but(options.acksLate(late));
    }

    public Task<I, O> rejectOnWorkerLost(boolean reject) {
        return but(options.rejectOnWorkerLost(reject));
    }

    public Task<I, O> ignoreResult(boolean ignore) {
        return but(options.ignoreResult(ignore));
    }

    /// Failures that are retried without the handler asking. Rules are tried in the order they were added.
    public Task<I, O> retry(RetryRule rule) {
        var rules = new ArrayList<>(options.rules());
        rules.add(rule);
        return but(options.rules(rules));
    }

    /// Celery's `max_retries` and `default_retry_delay`, for a handler that throws [RetryTask] without saying
    /// when.
    public Task<I, O> maxRetries(int retries, Duration delay) {
        return but(options.retry(new RetryPolicy(retries, delay, delay, RetryPolicy.Jitter.NONE)));
    }

    public Task<I, O> timeLimit(TimeLimit limit) {
        return but(options.timeLimit(limit));
    }

    /// `timeLimit(soft(ofHours(2)), hard(ofHours(3)))`.
    public Task<I, O> timeLimit(TimeLimit soft, TimeLimit hard) {
        return timeLimit(new TimeLimit(soft.soft(), hard.hard()));
    }

    /// The version of the arguments' shape. A worker parks what is newer than it knows.
    public Task<I, O> version(int version) {
        return but(options.version(version));
    }

    /// Celery's `rate_limit`: how often each worker starts the task at most, such as `10/s`, `100/m` or
    /// `100/h`. What comes too early waits in the store, in order, and holds no slot. `task_annotations` beats
    /// it.
    ///
    /// @throws IllegalArgumentException if it is no rate
    public Task<I, O> rateLimit(String rate) {
        return rateLimit(RateLimit.of(rate));
    }

    /// `rateLimit(RateLimit.of("100/m").cluster())`: all workers of one store together.
    public Task<I, O> rateLimit(RateLimit limit) {
        return but(options.rateLimit(limit));
    }

    /// Arguments that make a message longer than `task_payload_max` travel as a reference: they are kept in
    /// `task_payload_folder`, which all machines have to share that send or run the task, and the message names
    /// their digest. For tasks that run here; a Python worker fails at them. Otherwise such a message is
    /// refused.
    public Task<I, O> byReference() {
        return but(options.byReference(true));
    }

    /// A complete signature.
    ///
    /// @throws dev.lovage.engine.json.NotJson if the input holds what JSON can't carry; nothing was sent
    public Signature<O> with(I input) {
        return signature(arguments.unbind(input), Optional.empty());
    }

    /// A step whose first component is the result of the step before it.
    ///
    /// @param rest the other components, in order
    public Signature<O> partial(Object... rest) {
        var args = Json.array();
        for (var argument : rest) {
            args.add(Json.tree(argument));
        }
        return signature(new Arguments(args, Json.object()), Optional.of(first()));
    }

    /// The type of the first argument. Of a generic record's component, as it was declared.
    private Type first() {
        var raw = input instanceof java.lang.reflect.ParameterizedType generic ? generic.getRawType() : input;
        return raw instanceof Class<?> type && type.isRecord() && type.getRecordComponents().length > 0
                ? type.getRecordComponents()[0].getGenericType()
                : input;
    }

    private Signature<O> signature(Arguments given, Optional<Type> awaits) {
        var signature = Signature.<O>of(name.value(), given, output, awaits);
        if (options.queue().isPresent()) {
            signature = signature.queue(options.queue().get());
        }
        if (options.priority().isPresent()) {
            signature = signature.priority(options.priority().get());
        }
        if (options.byReference()) {
            signature = signature.byReference();
        }
        return options.version() == 1 ? signature : signature.header("lovage_version", Json.tree(options.version()));
    }

    private Task<I, O> but(TaskOptions changed) {
        return new Task<>(name, arguments, input, output, changed);
    }

    @Override
    public String toString() {
        return name.value();
    }
}
