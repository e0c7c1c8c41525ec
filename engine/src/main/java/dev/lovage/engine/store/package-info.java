/// The port to whatever remembers executions, timers, dead letters and joins.
@NullMarked
package dev.lovage.engine.store;

import org.jspecify.annotations.NullMarked;
