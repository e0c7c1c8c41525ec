/// Looks after the data: ledger, backup, doctor.
@NullMarked
package dev.lovage.cli.care;

import org.jspecify.annotations.NullMarked;
