/// Load from the outside: the server as a process of its own, and what people send to it.
@NullMarked
package dev.lovage.proof.load;

import org.jspecify.annotations.NullMarked;
