/// Commands to workers over the broker, Python's and ours, and what they answer.
@NullMarked
package dev.lovage.cli.remote;

import org.jspecify.annotations.NullMarked;
