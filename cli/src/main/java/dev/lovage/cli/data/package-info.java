/// What lies in an installation beside the queue: its schemas, its custody, its records.
@NullMarked
package dev.lovage.cli.data;

import org.jspecify.annotations.NullMarked;
