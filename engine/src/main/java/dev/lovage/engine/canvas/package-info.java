/// Signatures and what is composed of them: chain, group, chord.
@NullMarked
package dev.lovage.engine.canvas;

import org.jspecify.annotations.NullMarked;
