/// Claiming, running and settling deliveries.
@NullMarked
package dev.lovage.engine.worker;

import org.jspecify.annotations.NullMarked;
