/// Task descriptors, handlers and their registry.
@NullMarked
package dev.lovage.engine.task;

import org.jspecify.annotations.NullMarked;
