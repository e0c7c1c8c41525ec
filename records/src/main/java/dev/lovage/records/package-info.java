@NullMarked
package dev.lovage.records;

import org.jspecify.annotations.NullMarked;
