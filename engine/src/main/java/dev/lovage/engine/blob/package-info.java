@NullMarked
package dev.lovage.engine.blob;

import org.jspecify.annotations.NullMarked;
