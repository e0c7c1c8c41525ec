/// States and results of tasks.
@NullMarked
package dev.lovage.engine.result;

import org.jspecify.annotations.NullMarked;
