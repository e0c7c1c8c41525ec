@NullMarked
package dev.lovage.sql.database;

import org.jspecify.annotations.NullMarked;
