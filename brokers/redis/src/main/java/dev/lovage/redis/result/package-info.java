/// Results and chords in Redis, where Celery's clients and workers look for them.
@NullMarked
package dev.lovage.redis.result;

import org.jspecify.annotations.NullMarked;
