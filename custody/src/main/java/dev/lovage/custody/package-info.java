@NullMarked
package dev.lovage.custody;

import org.jspecify.annotations.NullMarked;
