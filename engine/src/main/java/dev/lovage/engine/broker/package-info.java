/// The port to whatever moves messages.
@NullMarked
package dev.lovage.engine.broker;

import org.jspecify.annotations.NullMarked;
