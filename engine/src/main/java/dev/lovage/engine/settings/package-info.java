/// Settings, under Celery's own names.
@NullMarked
package dev.lovage.engine.settings;

import org.jspecify.annotations.NullMarked;
