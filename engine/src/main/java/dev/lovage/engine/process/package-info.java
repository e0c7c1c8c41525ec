/// Child JVMs that do the work of tasks, and can be killed.
@NullMarked
package dev.lovage.engine.process;

import org.jspecify.annotations.NullMarked;
