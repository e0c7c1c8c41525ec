/// Measurements. They print figures and judge nothing.
@NullMarked
package dev.lovage.proof.bench;

import org.jspecify.annotations.NullMarked;
