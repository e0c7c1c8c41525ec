@NullMarked
package dev.lovage.engine;

import org.jspecify.annotations.NullMarked;
