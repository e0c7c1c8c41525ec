/// The port to a broker that moves messages and remembers nothing else.
@NullMarked
package dev.lovage.engine.transport;

import org.jspecify.annotations.NullMarked;
