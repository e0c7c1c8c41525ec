/// Redis as Celery uses it: kombu's lists for messages, and Celery's keys for results.
@NullMarked
package dev.lovage.redis;

import org.jspecify.annotations.NullMarked;
