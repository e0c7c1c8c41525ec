/// Proofs on the real programs, each started as a user starts it.
@NullMarked
package dev.lovage.proof;

import org.jspecify.annotations.NullMarked;
