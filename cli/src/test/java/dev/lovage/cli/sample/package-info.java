/// Somebody's tasks, as a worker loads them.
@NullMarked
package dev.lovage.cli.sample;

import org.jspecify.annotations.NullMarked;
