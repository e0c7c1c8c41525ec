/// Rule files: the law, the scoring policy and the routing matrix are YAML that people review, so they are read
/// strictly, and whatever is wrong in one is told with its line.
@NullMarked
package dev.lovage.records.rulefile;

import org.jspecify.annotations.NullMarked;
