/// Sends tasks when their schedules are due.
@NullMarked
package dev.lovage.engine.beat;

import org.jspecify.annotations.NullMarked;
