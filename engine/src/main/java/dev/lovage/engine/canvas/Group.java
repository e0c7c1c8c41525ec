package dev.lovage.engine.canvas;

import java.lang.reflect.Type;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Tasks that run beside each other. Its result is the list of theirs, in this order.
public final class Group<E> implements Canvas<List<E>> {
    private final List<Canvas<? extends E>> members;

    private Group(List<Canvas<? extends E>> members) {
        this.members = List.copyOf(members);
    }

    public static <E> Group<E> of(List<? extends Canvas<? extends E>> members) {
        return new Group<>(List.copyOf(members));
    }

    /// The chord of this group and a body that is handed the list of its results.
    ///
    /// @throws IllegalArgumentException if the list does not fit the body
    public <N> Chord<N> then(Signature<N> body) {
        return Chord.of(members, body);
    }

    List<Canvas<? extends E>> members() {
        return members;
    }

    @Override
    public Type result() {
        return Steps.listOf(
                members.isEmpty() ? Object.class : members.getFirst().result());
    }

    @Override
    public ObjectNode node() {
        var node = Steps.composite("group");
        var tasks = node.withObject("/kwargs").putArray("tasks");
        members.forEach(member -> tasks.add(member.node()));
        return node;
    }
}
