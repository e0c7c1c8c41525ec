package dev.lovage.engine.canvas;

import java.lang.reflect.Type;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A header of tasks that run beside each other, and a body that runs once when all of them have succeeded,
/// with the list of their results in the header's order. When one of them fails, the body fails with a
/// ChordError that names it.
public final class Chord<O> implements Canvas<O> {
    private final List<Canvas<?>> header;
    private final Signature<O> body;

    private Chord(List<Canvas<?>> header, Signature<O> body) {
        this.header = List.copyOf(header);
        this.body = body;
    }

    /// @throws IllegalArgumentException if the list of results does not fit the body
    public static <O> Chord<O> of(List<? extends Canvas<?>> header, Signature<O> body) {
        var group = Group.of(List.<Canvas<?>>copyOf(header));
        Steps.fits(group, group.result(), body);
        return new Chord<>(List.copyOf(header), body);
    }

    List<Canvas<?>> header() {
        return header;
    }

    @Override
    public Type result() {
        return body.result();
    }

    @Override
    public ObjectNode node() {
        var node = Steps.composite("chord");
        var kwargs = node.withObject("/kwargs");
        kwargs.putObject("kwargs");
        var tasks = kwargs.putArray("header");
        header.forEach(member -> tasks.add(member.node()));
        kwargs.set("body", body.node());
        return node;
    }
}
