/// Celery's messages: what travels, and what a worker reads out of it.
@NullMarked
package dev.lovage.engine.message;

import org.jspecify.annotations.NullMarked;
