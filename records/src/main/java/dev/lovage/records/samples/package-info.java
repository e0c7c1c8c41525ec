/// Sample inputs that are shipped: for the demo, for trying out rules, and for load.
@NullMarked
package dev.lovage.records.samples;

import org.jspecify.annotations.NullMarked;
