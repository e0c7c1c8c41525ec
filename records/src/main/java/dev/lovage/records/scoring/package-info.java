/// Which submission is worked on first: a policy file turns a submission's numbers into a level from 0 to 10 and a
/// queue, and explains how.
///
/// Start at [dev.lovage.records.scoring.Policy]. Scoring is a pure function; time enters as numbers in the input.
@NullMarked
package dev.lovage.records.scoring;

import org.jspecify.annotations.NullMarked;
