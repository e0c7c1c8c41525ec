/// Sends tasks and looks at their results.
@NullMarked
package dev.lovage.cli.task;

import org.jspecify.annotations.NullMarked;
