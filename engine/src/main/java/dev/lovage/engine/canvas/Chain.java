package dev.lovage.engine.canvas;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Steps that run one after the other; each is handed the result of the one before, unless it is immutable.
/// A group that is followed by a step is a chord: the step gets the list of the group's results.
public final class Chain<O> implements Canvas<O> {
    private final List<Canvas<?>> steps;

    private Chain(List<Canvas<?>> steps) {
        this.steps = List.copyOf(steps);
    }

    /// @throws IllegalArgumentException if a result does not fit the step behind it
    public static <O> Chain<O> of(Canvas<?> first, Canvas<O> second) {
        Steps.fits(first, first.result(), second);
        return new Chain<>(List.of(first, second));
    }

    public <N> Chain<N> then(Canvas<N> next) {
        Steps.fits(steps.getLast(), result(), next);
        var longer = new ArrayList<>(steps);
        longer.add(next);
        return new Chain<>(longer);
    }

    Canvas<?> first() {
        return steps.getFirst();
    }

    @Override
    public Type result() {
        return steps.getLast().result();
    }

    @Override
    public ObjectNode node() {
        var node = Steps.composite("chain");
        var tasks = node.withObject("/kwargs").putArray("tasks");
        steps.forEach(step -> tasks.add(step.node()));
        return node;
    }
}
