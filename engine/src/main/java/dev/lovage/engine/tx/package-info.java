@NullMarked
package dev.lovage.engine.tx;

import org.jspecify.annotations.NullMarked;
