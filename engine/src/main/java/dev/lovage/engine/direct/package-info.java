/// A broker that moves messages, with no store beside it.
@NullMarked
package dev.lovage.engine.direct;

import org.jspecify.annotations.NullMarked;
