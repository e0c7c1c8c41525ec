/// Arguments that are too long for a message, and travel as a reference.
@NullMarked
package dev.lovage.engine.payload;

import org.jspecify.annotations.NullMarked;
