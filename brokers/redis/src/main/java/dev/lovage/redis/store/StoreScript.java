package dev.lovage.redis.store;

import dev.lovage.redis.connection.Script;
import java.util.List;

/// The scripts of the store, each one step that others see whole or not at all.
///
/// They reach keys that they do not declare, which a Redis Cluster does not allow. Those that may run while the
/// memory is full take little, and most of them give some back.
enum StoreScript {
    /// For what is taken into the store anew.
    ACCEPT(false, "apply.lua"),
    APPLY(true, "apply.lua"),
    TAKE(true, "take.lua"),
    LOST(true, "lost.lua"),
    KEEP(true, "keep.lua"),
    ABSORB(false, "absorb.lua"),
    UNANSWERED(true, "unanswered.lua"),
    OUTGOING(true, "outgoing.lua"),
    HANDED(true, "handed.lua"),
    UNTOLD(true, "notes.lua", "untold.lua"),
    TOLD(true, "notes.lua", "told.lua"),
    BEAT(true, "beat.lua"),
    PART(true, "part.lua"),
    ENTRIES(true, "entries.lua"),
    TAGS(true, "tags.lua"),
    INVENTORY(true, "inventory.lua"),
    QUEUES(true, "queues.lua"),
    SENT(true, "sent.lua"),
    SENT_LONG(true, "sentlong.lua"),
    FORGET_SENT(true, "forgetsent.lua"),
    FORGET(true, "forget.lua"),
    JOIN(true, "join.lua"),
    LINE(true, "line.lua");

    private final Script script;

    StoreScript(boolean whenMemoryIsFull, String... files) {
        var all = new java.util.ArrayList<>(List.of("store.lua"));
        all.addAll(List.of(files));
        this.script = Script.of(StoreScript.class, whenMemoryIsFull ? "no-cluster,allow-oom" : "no-cluster", all);
    }

    Script script() {
        return script;
    }
}
