/// JSON as kombu reads and writes it, and what of Java it can carry.
@NullMarked
package dev.lovage.engine.json;

import org.jspecify.annotations.NullMarked;
