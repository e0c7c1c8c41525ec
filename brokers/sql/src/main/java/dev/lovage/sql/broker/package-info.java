/// Broker, results and store in one SQL database.
@NullMarked
package dev.lovage.sql.broker;

import org.jspecify.annotations.NullMarked;
