/// Executions, timers, dead letters and joins in Redis, beside a broker that moves their messages.
@NullMarked
package dev.lovage.redis.store;

import org.jspecify.annotations.NullMarked;
