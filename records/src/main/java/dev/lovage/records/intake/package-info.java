/// What comes in: accepted durably, once, and told apart from what was seen before.
@NullMarked
package dev.lovage.records.intake;

import org.jspecify.annotations.NullMarked;
