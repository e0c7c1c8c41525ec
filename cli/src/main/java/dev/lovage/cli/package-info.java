@NullMarked
package dev.lovage.cli;

import org.jspecify.annotations.NullMarked;
