/// Readers from the bytes of a channel to submissions: portal payloads, our own JSON, CSV files. What is wrong is
/// reported all at once, as values; what is merely odd is accepted with a warning.
@NullMarked
package dev.lovage.records.channel;

import org.jspecify.annotations.NullMarked;
