/// The records application from the command line: submitting, looking, freezing.
@NullMarked
package dev.lovage.cli.records;

import org.jspecify.annotations.NullMarked;
