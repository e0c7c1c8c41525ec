/// Celery's remote control and events: what a worker answers, tells and hears, and a client that asks.
@NullMarked
package dev.lovage.engine.control;

import org.jspecify.annotations.NullMarked;
