@NullMarked
package dev.lovage.testkit;

import org.jspecify.annotations.NullMarked;
