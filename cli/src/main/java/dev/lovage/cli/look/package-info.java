/// Shows what there is and changes nothing.
@NullMarked
package dev.lovage.cli.look;

import org.jspecify.annotations.NullMarked;
