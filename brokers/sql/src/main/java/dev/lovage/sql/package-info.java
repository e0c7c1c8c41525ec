@NullMarked
package dev.lovage.sql;

import org.jspecify.annotations.NullMarked;
