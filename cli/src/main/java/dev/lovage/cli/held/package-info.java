/// What waits for a person: parked messages, dead letters; and purging.
@NullMarked
package dev.lovage.cli.held;

import org.jspecify.annotations.NullMarked;
