/// When a failed attempt is tried again.
@NullMarked
package dev.lovage.engine.retry;

import org.jspecify.annotations.NullMarked;
