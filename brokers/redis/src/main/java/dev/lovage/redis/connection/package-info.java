/// Connections to Redis: its URLs, TLS, a bounded pool with failover, and scripts.
@NullMarked
package dev.lovage.redis.connection;

import org.jspecify.annotations.NullMarked;
