/// Broker, results and store in this JVM.
@NullMarked
package dev.lovage.engine.memory;

import org.jspecify.annotations.NullMarked;
