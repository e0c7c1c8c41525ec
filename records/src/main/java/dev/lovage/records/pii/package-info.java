/// Separates personal data from what travels: finds it, masks it, and puts pseudonyms in its place.
///
/// The original stays as it came, elsewhere and under access control; what this package makes is a
/// [WorkingCopy]. Nothing here holds or prints a value that was found: spans name a place, a class and a rule.
/// All scanners are written by hand and take time in proportion to the text.
@NullMarked
package dev.lovage.records.pii;

import org.jspecify.annotations.NullMarked;
