/// What all commands share: where the data is, how an answer is printed, how a command ends.
@NullMarked
package dev.lovage.cli.terminal;

import org.jspecify.annotations.NullMarked;
