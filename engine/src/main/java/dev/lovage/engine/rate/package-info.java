/// How often tasks are started: limits, and the line of those who wait for their turn.
@NullMarked
package dev.lovage.engine.rate;

import org.jspecify.annotations.NullMarked;
