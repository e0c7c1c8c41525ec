/// Messages in kombu's lists: published, claimed, kept alive, restored.
@NullMarked
package dev.lovage.redis.transport;

import org.jspecify.annotations.NullMarked;
