/// What joins Logback, where that is the one who logs, with the engine.
@NullMarked
package dev.lovage.logback;

import org.jspecify.annotations.NullMarked;
