/// What tasks log while they run, on its way to the store.
@NullMarked
package dev.lovage.engine.log;

import org.jspecify.annotations.NullMarked;
