package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// What the composite canvases share: Celery's form of a composite, and the check that a step fits the one
/// before it.
final class Steps {
    private Steps() {}

    static ObjectNode composite(String kind) {
        var node = Json.object();
        node.put("task", "celery." + kind);
        node.putArray("args");
        node.putObject("kwargs");
        node.putObject("options");
        node.put("subtask_type", kind);
        node.put("immutable", false);
        return node;
    }

    /// @throws IllegalArgumentException if `next` would be handed a result that its first open argument can't
    ///     hold
    static void fits(Canvas<?> before, Type produced, Canvas<?> next) {
        switch (next) {
            case Signature<?> task -> {
                if (task.awaits().isPresent() && !holds(raw(task.awaits().get()), raw(produced))) {
                    throw new IllegalArgumentException("The step " + task.task() + " takes a "
                            + task.awaits().get().getTypeName() + ", and the step before it (" + describe(before)
                            + ") gives a " + produced.getTypeName()
                            + ". Nothing was sent. Make the step immutable() if it"
                            + " needs no result, or put a step between them that converts.");
                }
            }
            case Chain<?> chain -> fits(before, produced, chain.first());
            case Group<?> group -> group.members().forEach(member -> fits(before, produced, member));
            case Chord<?> chord -> chord.header().forEach(member -> fits(before, produced, member));
        }
    }

    static Type listOf(Type element) {
        return new ListOf(element);
    }

    private record ListOf(Type element) implements ParameterizedType {
        @Override
        public Type[] getActualTypeArguments() {
            return new Type[] {element};
        }

        @Override
        public Type getRawType() {
            return List.class;
        }

        @Override
        @SuppressWarnings("NullAway") // the JDK's contract: a top-level type has no owner
        public Type getOwnerType() {
            return null;
        }

        @Override
        public String getTypeName() {
            return "List<" + element.getTypeName() + ">";
        }
    }

    private static String describe(Canvas<?> canvas) {
        return canvas instanceof Signature<?> task
                ? task.task()
                : canvas.getClass().getSimpleName();
    }

    private static boolean holds(Class<?> wanted, Class<?> given) {
        return wanted == Object.class
                || given == Object.class
                || tools.jackson.databind.JsonNode.class.isAssignableFrom(wanted)
                || boxed(wanted).isAssignableFrom(boxed(given));
    }

    private static Class<?> raw(Type type) {
        return type instanceof Class<?> plain
                ? plain
                : type instanceof ParameterizedType generic ? raw(generic.getRawType()) : Object.class;
    }

    private static Class<?> boxed(Class<?> type) {
        return type.isPrimitive()
                ? java.lang.invoke.MethodType.methodType(type).wrap().returnType()
                : type;
    }
}
